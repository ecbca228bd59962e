// Original file: ../../proto/rondo/v1/work.proto


/**
 * The worker drains: it finishes what it computes, takes nothing new, and closes the stream.
 */
export interface Leaving {
  'reason'?: (string);
}

/**
 * The worker drains: it finishes what it computes, takes nothing new, and closes the stream.
 */
export interface Leaving__Output {
  'reason': (string);
}
