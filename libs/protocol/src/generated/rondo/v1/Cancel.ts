// Original file: ../../proto/rondo/v1/work.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Nobody waits for the task any more: the worker stops computing it and answers it with Failure, reason "cancelled". A task
 * that was answered already, or that the worker does not know, is ignored: a task has one answer.
 */
export interface Cancel {
  'task'?: (number | string | Long);
}

/**
 * Nobody waits for the task any more: the worker stops computing it and answers it with Failure, reason "cancelled". A task
 * that was answered already, or that the worker does not know, is ignored: a task has one answer.
 */
export interface Cancel__Output {
  'task': (number);
}
