// Original file: ../../proto/rondo/v1/jobs.proto


export interface SubmitRequest {
  /**
   * The YAML text, at most 64 KiB, and the name to show in faults, at most 1000 characters.
   */
  'spec'?: (string);
  'file'?: (string);
  /**
   * "a.b=value", applied to `spec:`; at most 100 of at most 1000 characters each.
   */
  'overrides'?: (string)[];
}

export interface SubmitRequest__Output {
  /**
   * The YAML text, at most 64 KiB, and the name to show in faults, at most 1000 characters.
   */
  'spec': (string);
  'file': (string);
  /**
   * "a.b=value", applied to `spec:`; at most 100 of at most 1000 characters each.
   */
  'overrides': (string)[];
}
