// Original file: ../../proto/rondo/v1/jobs.proto


export interface FetchRequest {
  'run'?: (string);
}

export interface FetchRequest__Output {
  'run': (string);
}
