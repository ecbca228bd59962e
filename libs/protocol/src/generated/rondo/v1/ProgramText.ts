// Original file: ../../proto/rondo/v1/work.proto


export interface ProgramText {
  /**
   * What an assignment calls it, with the shape: "gradients" or "evaluation".
   */
  'phase'?: (string);
  /**
   * rnn-core's Program as JSON.
   */
  'json'?: (string);
  /**
   * Which of the shapes of its phase's batches it is for, from 0; each is there once.
   */
  'shape'?: (number);
}

export interface ProgramText__Output {
  /**
   * What an assignment calls it, with the shape: "gradients" or "evaluation".
   */
  'phase': (string);
  /**
   * rnn-core's Program as JSON.
   */
  'json': (string);
  /**
   * Which of the shapes of its phase's batches it is for, from 0; each is there once.
   */
  'shape': (number);
}
