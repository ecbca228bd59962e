// Original file: ../../proto/rondo/v1/work.proto


export interface ProgramText {
  /**
   * What an assignment calls it: "gradients" or "evaluation".
   */
  'phase'?: (string);
  /**
   * rnn-core's Program as JSON.
   */
  'json'?: (string);
}

export interface ProgramText__Output {
  /**
   * What an assignment calls it: "gradients" or "evaluation".
   */
  'phase': (string);
  /**
   * rnn-core's Program as JSON.
   */
  'json': (string);
}
