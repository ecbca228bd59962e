// Original file: ../../proto/rondo/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface FetchResponse {
  /**
   * Relative to the run's folder, with forward slashes. Chunks of a file come in order.
   */
  'path'?: (string);
  'size'?: (number | string | Long);
  'offset'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
  'checksum'?: (number);
  /**
   * SHA-256 of the whole file in hexadecimal, with its last chunk.
   */
  'sha256'?: (string);
}

export interface FetchResponse__Output {
  /**
   * Relative to the run's folder, with forward slashes. Chunks of a file come in order.
   */
  'path': (string);
  'size': (number);
  'offset': (number);
  'data': (Buffer);
  'checksum': (number);
  /**
   * SHA-256 of the whole file in hexadecimal, with its last chunk.
   */
  'sha256': (string);
}
