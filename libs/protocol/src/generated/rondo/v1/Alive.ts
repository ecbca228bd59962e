// Original file: ../../proto/rondo/v1/work.proto


/**
 * Sent every second while connected, so that a worker that computes for long is told from one that is silent.
 */
export interface Alive {
}

/**
 * Sent every second while connected, so that a worker that computes for long is told from one that is silent.
 */
export interface Alive__Output {
}
