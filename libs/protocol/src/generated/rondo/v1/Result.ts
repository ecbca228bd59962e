// Original file: ../../proto/rondo/v1/work.proto

import type { Bundle as _rondo_v1_Bundle, Bundle__Output as _rondo_v1_Bundle__Output } from '../../rondo/v1/Bundle.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * A computed node, after its gradients: the new state of each of its shards, and of an evaluation what its program results in.
 */
export interface Result {
  'task'?: (number | string | Long);
  'run'?: (string);
  'phase'?: (string);
  'step'?: (number | string | Long);
  'first'?: (number);
  'end'?: (number);
  /**
   * Sum of the losses in nats, and what to divide it by, added up the tree in double precision.
   */
  'lossSum'?: (number | string);
  'weight'?: (number | string);
  /**
   * Seconds of computing, without waiting and sending.
   */
  'seconds'?: (number | string);
  /**
   * "<shard>/<state>" and "<shard>/<result>" for every shard.
   */
  'tensors'?: (_rondo_v1_Bundle | null);
}

/**
 * A computed node, after its gradients: the new state of each of its shards, and of an evaluation what its program results in.
 */
export interface Result__Output {
  'task': (number);
  'run': (string);
  'phase': (string);
  'step': (number);
  'first': (number);
  'end': (number);
  /**
   * Sum of the losses in nats, and what to divide it by, added up the tree in double precision.
   */
  'lossSum': (number);
  'weight': (number);
  /**
   * Seconds of computing, without waiting and sending.
   */
  'seconds': (number);
  /**
   * "<shard>/<state>" and "<shard>/<result>" for every shard.
   */
  'tensors': (_rondo_v1_Bundle__Output | null);
}
