// Original file: ../../proto/rondo/v1/work.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A task that this worker could not compute.
 */
export interface Failure {
  'task'?: (number | string | Long);
  'reason'?: (string);
  /**
   * It can compute none of the run's tasks: its programs do not fit this worker.
   */
  'final'?: (boolean);
}

/**
 * A task that this worker could not compute.
 */
export interface Failure__Output {
  'task': (number);
  'reason': (string);
  /**
   * It can compute none of the run's tasks: its programs do not fit this worker.
   */
  'final': (boolean);
}
