// Original file: ../../proto/rondo/v1/work.proto

import type { TensorHeader as _rondo_v1_TensorHeader, TensorHeader__Output as _rondo_v1_TensorHeader__Output } from '../../rondo/v1/TensorHeader.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Announces tensors whose bytes follow as chunks of the same transfer: at once, with no other message between them,
 * tensor by tensor, in order of offset, without a gap. A tensor without elements has no chunk.
 */
export interface Bundle {
  /**
   * From 1, and greater than every one before in the same direction of the stream.
   */
  'transfer'?: (number | string | Long);
  'tensors'?: (_rondo_v1_TensorHeader)[];
}

/**
 * Announces tensors whose bytes follow as chunks of the same transfer: at once, with no other message between them,
 * tensor by tensor, in order of offset, without a gap. A tensor without elements has no chunk.
 */
export interface Bundle__Output {
  /**
   * From 1, and greater than every one before in the same direction of the stream.
   */
  'transfer': (number);
  'tensors': (_rondo_v1_TensorHeader__Output)[];
}
