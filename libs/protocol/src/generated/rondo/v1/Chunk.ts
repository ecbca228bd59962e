// Original file: ../../proto/rondo/v1/work.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A piece of a tensor, of 1 byte to 1 MiB.
 */
export interface Chunk {
  'transfer'?: (number | string | Long);
  /**
   * Index into Bundle.tensors.
   */
  'tensor'?: (number);
  /**
   * Bytes from the tensor's start.
   */
  'offset'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
  /**
   * CRC-32 of data.
   */
  'checksum'?: (number);
  /**
   * The step of the message that carries the bundle.
   */
  'step'?: (number | string | Long);
}

/**
 * A piece of a tensor, of 1 byte to 1 MiB.
 */
export interface Chunk__Output {
  'transfer': (number);
  /**
   * Index into Bundle.tensors.
   */
  'tensor': (number);
  /**
   * Bytes from the tensor's start.
   */
  'offset': (number);
  'data': (Buffer);
  /**
   * CRC-32 of data.
   */
  'checksum': (number);
  /**
   * The step of the message that carries the bundle.
   */
  'step': (number);
}
