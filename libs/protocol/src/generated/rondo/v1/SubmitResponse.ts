// Original file: ../../proto/rondo/v1/jobs.proto


export interface SubmitResponse {
  'run'?: (string);
  /**
   * "file:line:column spec.path: what is wrong"; when there are any, `run` is empty.
   */
  'faults'?: (string)[];
}

export interface SubmitResponse__Output {
  'run': (string);
  /**
   * "file:line:column spec.path: what is wrong"; when there are any, `run` is empty.
   */
  'faults': (string)[];
}
