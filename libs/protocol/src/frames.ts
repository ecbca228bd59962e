// Sending: one message and its tensors as the envelopes that go over the wire, to one stream or to many.

import { ChunkFrame, type Part } from './chunk.ts';
import type { TensorHeader__Output } from './generated/rondo/v1/TensorHeader.ts';
import { defaultLimits } from './limits.ts';
import { type BundleCarrier, bundleOf, type Envelope, type FromCoordinator, type Outgoing } from './messages.ts';
import { headerOf, type NamedTensor } from './tensors.ts';

/** An envelope to write: a message, as an object with one key, its kind; or a chunk. */
export type Frame = Readonly<Record<string, object>> | ChunkFrame;

/**
 * A message that may go to many streams, e.g. `new Broadcast({ weights: { run, step } }, tensors)`. What it costs beside
 * one copy a stream, above all its checksums, it costs once, when the first stream takes it. Its tensors lie where they
 * are: they must not be written to as long as it is sent to anyone, else receivers find wrong checksums.
 */
export class Broadcast<Sent extends Envelope = FromCoordinator> {
  /** Of all tensors. */
  readonly bytes: number;
  readonly #kind: string;
  readonly #content: BundleCarrier;
  readonly #headers: readonly TensorHeader__Output[];
  readonly #parts: readonly Part[];

  /** @throws Error when the kind does not carry such tensors, or a tensor does not fill its shape. */
  constructor(
    message: Outgoing<NoInfer<Sent>>,
    tensors: readonly NamedTensor[] = [],
    chunkBytes: number = defaultLimits.chunkBytes,
  ) {
    [[this.#kind, this.#content]] = Object.entries(message);
    const types = bundleOf(this.#kind)?.types ?? [];
    for (const { name, type } of tensors) {
      if (!types.includes(type)) throw new Error(`a message of kind ${this.#kind} carries no ${type} tensor (${name})`);
    }
    this.#headers = tensors.map(headerOf);
    this.#parts = partsOf(tensors, this.#content.step, chunkBytes);
    this.bytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  /** How many `frames` yields. */
  get frameCount(): number {
    return 1 + this.#parts.length;
  }

  /**
   * The message itself, with its tensors' headers; then their chunks, tensor by tensor, in order of offset.
   * @param transfer greater than that of every bundle before it on the stream.
   */
  *frames(transfer: number): Generator<Frame, void> {
    const bundle = bundleOf(this.#kind);
    const tensors = bundle && { [bundle.field]: { transfer, tensors: this.#headers } };
    yield { [this.#kind]: { ...this.#content, ...tensors } };
    for (const part of this.#parts) yield new ChunkFrame(part, transfer);
  }
}

function partsOf(tensors: readonly NamedTensor[], step: number, chunkBytes: number): Part[] {
  return tensors.flatMap(({ data: { buffer, byteOffset, byteLength } }, tensor) =>
    Array.from({ length: Math.ceil(byteLength / chunkBytes) }, (_, index): Part => {
      const offset = index * chunkBytes;
      const data = Buffer.from(buffer, byteOffset + offset, Math.min(chunkBytes, byteLength - offset));
      return { step, tensor, offset, data, checksum: undefined };
    }),
  );
}
