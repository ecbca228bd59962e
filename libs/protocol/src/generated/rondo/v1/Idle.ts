// Original file: ../../proto/rondo/v1/work.proto


/**
 * The worker has nothing to do, and why.
 */
export interface Idle {
  'reason'?: (string);
}

/**
 * The worker has nothing to do, and why.
 */
export interface Idle__Output {
  'reason': (string);
}
