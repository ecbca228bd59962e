// Original file: ../../proto/rondo/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchRequest {
  'run'?: (string);
  /**
   * The first step whose metrics to send.
   */
  'fromStep'?: (number | string | Long);
}

export interface WatchRequest__Output {
  'run': (string);
  /**
   * The first step whose metrics to send.
   */
  'fromStep': (number);
}
