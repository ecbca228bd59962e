// Original file: ../../proto/rondo/v1/work.proto

import type { Bundle as _rondo_v1_Bundle, Bundle__Output as _rondo_v1_Bundle__Output } from '../../rondo/v1/Bundle.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * One node of the reduction tree: the shards [first, end).
 */
export interface Assignment {
  /**
   * Unique within the stream; a result or a failure names it.
   */
  'task'?: (number | string | Long);
  'run'?: (string);
  'phase'?: (string);
  /**
   * The step being computed, from 1: one more than that of its weights. Keys the random masks.
   */
  'step'?: (number | string | Long);
  'first'?: (number);
  'end'?: (number);
  /**
   * Inputs of every shard, in order: batch data, and recurrent state. Names are "<shard>/<input>".
   */
  'inputs'?: (_rondo_v1_Bundle | null);
  /**
   * Of the batch: it and the phase name a program.
   */
  'shape'?: (number);
}

/**
 * One node of the reduction tree: the shards [first, end).
 */
export interface Assignment__Output {
  /**
   * Unique within the stream; a result or a failure names it.
   */
  'task': (number);
  'run': (string);
  'phase': (string);
  /**
   * The step being computed, from 1: one more than that of its weights. Keys the random masks.
   */
  'step': (number);
  'first': (number);
  'end': (number);
  /**
   * Inputs of every shard, in order: batch data, and recurrent state. Names are "<shard>/<input>".
   */
  'inputs': (_rondo_v1_Bundle__Output | null);
  /**
   * Of the batch: it and the phase name a program.
   */
  'shape': (number);
}
