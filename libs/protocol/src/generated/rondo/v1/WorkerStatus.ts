// Original file: ../../proto/rondo/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface WorkerStatus {
  'name'?: (string);
  /**
   * "working", "idle: <why>", "leaving".
   */
  'state'?: (string);
  'engines'?: (string)[];
  'device'?: (string);
  'fingerprint'?: (string);
  'nodes'?: (number | string | Long);
  'tokensPerSecond'?: (number | string);
  /**
   * Seconds since its last message.
   */
  'lastSeenSeconds'?: (number | string);
}

export interface WorkerStatus__Output {
  'name': (string);
  /**
   * "working", "idle: <why>", "leaving".
   */
  'state': (string);
  'engines': (string)[];
  'device': (string);
  'fingerprint': (string);
  'nodes': (number);
  'tokensPerSecond': (number);
  /**
   * Seconds since its last message.
   */
  'lastSeenSeconds': (number);
}
