// Original file: ../../proto/rondo/v1/work.proto

import type { Bundle as _rondo_v1_Bundle, Bundle__Output as _rondo_v1_Bundle__Output } from '../../rondo/v1/Bundle.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Parameters whose gradients are final at the task's node, from a worker while it still computes the others. Any number
 * of them come before the task's Result, and together they hold each parameter once.
 */
export interface Gradients {
  'task'?: (number | string | Long);
  /**
   * That of the assignment.
   */
  'step'?: (number | string | Long);
  /**
   * Named as the parameters, in the element type and scale that Prepare asked for.
   */
  'tensors'?: (_rondo_v1_Bundle | null);
}

/**
 * Parameters whose gradients are final at the task's node, from a worker while it still computes the others. Any number
 * of them come before the task's Result, and together they hold each parameter once.
 */
export interface Gradients__Output {
  'task': (number);
  /**
   * That of the assignment.
   */
  'step': (number);
  /**
   * Named as the parameters, in the element type and scale that Prepare asked for.
   */
  'tensors': (_rondo_v1_Bundle__Output | null);
}
