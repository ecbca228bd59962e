// Original file: ../../proto/rondo/v1/jobs.proto


export interface StatusRequest {
  'run'?: (string);
}

export interface StatusRequest__Output {
  'run': (string);
}
