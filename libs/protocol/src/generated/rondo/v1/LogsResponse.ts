// Original file: ../../proto/rondo/v1/jobs.proto


export interface LogsResponse {
  /**
   * One JSON line.
   */
  'line'?: (string);
}

export interface LogsResponse__Output {
  /**
   * One JSON line.
   */
  'line': (string);
}
