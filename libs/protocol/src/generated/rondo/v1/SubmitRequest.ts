// Original file: ../../proto/rondo/v1/jobs.proto


export interface SubmitRequest {
  /**
   * The YAML text, at most 1 MiB, and the name to show in faults.
   */
  'spec'?: (string);
  'file'?: (string);
  /**
   * "a.b=value", applied to `spec:`.
   */
  'overrides'?: (string)[];
}

export interface SubmitRequest__Output {
  /**
   * The YAML text, at most 1 MiB, and the name to show in faults.
   */
  'spec': (string);
  'file': (string);
  /**
   * "a.b=value", applied to `spec:`.
   */
  'overrides': (string)[];
}
