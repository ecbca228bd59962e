// Original file: ../../proto/rondo/v1/jobs.proto


export interface LogsRequest {
  'run'?: (string);
  'follow'?: (boolean);
}

export interface LogsRequest__Output {
  'run': (string);
  'follow': (boolean);
}
