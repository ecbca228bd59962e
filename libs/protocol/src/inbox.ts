// Receiving: decoded envelopes in, whole messages with their tensors out, in the order in which they were sent.

import { BundleAssembly } from './assembly.ts';
import { ProtocolFault } from './fault.ts';
import type { Limits } from './limits.ts';
import { type BundleCarrier, type BundleKind, bundleOf, type Envelope, type Received } from './messages.ts';
import type { NamedTensor, TensorHeader } from './tensors.ts';

export interface Delivery<E extends Envelope> {
  readonly message: Received<E>;
  /** They belong to the receiver. Empty for messages that carry none. */
  readonly tensors: readonly NamedTensor[];
}

/**
 * Where a tensor that is announced shall lie: memory of exactly this many bytes, at a multiple of its element size, e.g.
 * a view of a SharedArrayBuffer or of WebAssembly's memory; undefined for a new ArrayBuffer; `discard` for none: the
 * tensor is checked as it comes, and delivered without its data. Asked as soon as the message's header has come and is
 * found within the limits. What lay there is lost even if the tensor does not come.
 * @throws ProtocolFault to refuse the message.
 */
export type PlaceTensor<E extends Envelope> = (
  message: Received<E>,
  tensor: TensorHeader,
  bytes: number,
) => Uint8Array | 'discard' | undefined;

/** One direction of a stream. After a fault it is of no further use. */
export class Inbox<E extends Envelope> {
  readonly #limits: Limits;
  readonly #place: PlaceTensor<E>;
  #lastTransfer = 0;
  #open: { readonly message: Received<E>; readonly assembly: BundleAssembly } | undefined;

  constructor(limits: Limits, place: PlaceTensor<E> = () => undefined) {
    this.#limits = limits;
    this.#place = place;
  }

  /**
   * @returns a message that is now complete, if any.
   * @throws ProtocolFault for an envelope that breaks the protocol.
   */
  accept(envelope: E): Delivery<E> | undefined {
    if (envelope.chunk) {
      if (!this.#open)
        throw new ProtocolFault('unexpected-chunk', `no transfer is open: ${place(envelope.chunk)} came`);
      this.#open.assembly.add(envelope.chunk);
      return this.#delivery();
    }
    const kind = envelope.message;
    if (!kind)
      throw new ProtocolFault(
        'unknown-message',
        'a message came that is damaged, without content, or of an unknown kind',
      );
    if (this.#open) throw this.#open.assembly.truncated(`a message of kind ${kind}`);
    const message = envelope as unknown as Received<E>;
    const bundle = bundleOf(kind);
    if (!bundle) return { message, tensors: [] };
    this.#open = { message, assembly: this.#assemble(message, bundle) };
    return this.#delivery();
  }

  /** @throws ProtocolFault when the stream ended amid a bundle. */
  end(): void {
    if (this.#open) throw this.#open.assembly.truncated('the end of the stream');
  }

  #assemble(message: Received<E>, { field, types }: BundleKind): BundleAssembly {
    const kind = message.message;
    const carrier = (message as unknown as Record<string, BundleCarrier>)[kind];
    const bundle = carrier[field];
    if (!bundle) throw new ProtocolFault('missing-bundle', `a message of kind ${kind} came without a bundle`);
    if (bundle.transfer <= this.#lastTransfer || !Number.isSafeInteger(bundle.transfer)) {
      const problem = `transfer ${bundle.transfer} came after transfer ${this.#lastTransfer}; numbers grow, up to 2^53 - 1`;
      throw new ProtocolFault('repeated-transfer', problem);
    }
    this.#lastTransfer = bundle.transfer;
    const place = (tensor: TensorHeader, bytes: number) => this.#place(message, tensor, bytes);
    return new BundleAssembly(bundle, types, carrier.step, this.#limits, place);
  }

  #delivery(): Delivery<E> | undefined {
    if (!this.#open?.assembly.complete) return undefined;
    const { message, assembly } = this.#open;
    this.#open = undefined;
    return { message, tensors: assembly.tensors };
  }
}

function place({ transfer, tensor, offset }: { transfer: number; tensor: number; offset: number }): string {
  return `a chunk of transfer ${transfer}, tensor ${tensor}, byte ${offset}`;
}
