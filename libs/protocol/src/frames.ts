// Sending: one message and its tensors as the envelopes that go over the wire, without a copy of a tensor.

import { crc32 } from 'node:zlib';
import type { Chunk__Output } from './generated/rondo/v1/Chunk.ts';
import { type BundleCarrier, bundleFieldOf } from './messages.ts';
import { headerOf, type NamedTensor } from './tensors.ts';

/** An envelope to write: one kind, or a chunk. */
export type Frame = Readonly<Record<string, object>>;

/** How many frames `framesOf` yields. */
export function frameCount(tensors: readonly NamedTensor[], chunkBytes: number): number {
  return tensors.reduce((count, { data }) => count + Math.ceil(data.byteLength / chunkBytes), 1);
}

/**
 * The message itself, with its tensors' headers; then their chunks, tensor by tensor, in order of offset.
 * @param message an object with one key, the kind.
 * @param transfer greater than that of every bundle before it on the stream.
 * @throws Error when the kind carries no tensors and there are some, or a tensor does not fill its shape.
 */
export function framesOf(
  message: Frame,
  tensors: readonly NamedTensor[],
  transfer: number,
  chunkBytes: number,
): Iterator<Frame> {
  const [[kind, content]] = Object.entries(message);
  const field = bundleFieldOf(kind);
  if (!field) {
    if (tensors.length > 0) throw new Error(`a message of kind ${kind} carries no tensors`);
    return [message].values();
  }
  const bundle = { transfer, tensors: tensors.map(headerOf) };
  const header = { [kind]: { ...content, [field]: bundle } };
  return withChunks(header, tensors, { transfer, step: (content as BundleCarrier).step }, chunkBytes);
}

function* withChunks(
  header: Frame,
  tensors: readonly NamedTensor[],
  common: Pick<Chunk__Output, 'transfer' | 'step'>,
  chunkBytes: number,
): Generator<Frame, void> {
  yield header;
  for (const [tensor, { data }] of tensors.entries()) {
    for (let offset = 0; offset < data.byteLength; offset += chunkBytes) {
      const size = Math.min(chunkBytes, data.byteLength - offset);
      const view = Buffer.from(data.buffer, data.byteOffset + offset, size);
      const chunk: Chunk__Output = { ...common, tensor, offset, data: view, checksum: crc32(view) };
      yield { chunk };
    }
  }
}
