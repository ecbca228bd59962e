// Receiving: decoded envelopes in, whole messages with their tensors out, in the order in which they were sent.

import { BundleAssembly } from './assembly.ts';
import { ProtocolFault } from './fault.ts';
import type { Limits } from './limits.ts';
import { type BundleCarrier, bundleFieldOf, type Envelope, type Received } from './messages.ts';
import type { Allocate, NamedTensor } from './tensors.ts';

export interface Delivery<E extends Envelope> {
  readonly message: Received<E>;
  /** They belong to the receiver. Empty for messages that carry none. */
  readonly tensors: readonly NamedTensor[];
}

/** One direction of a stream. After a fault it is of no further use. */
export class Inbox<E extends Envelope> {
  readonly #limits: Limits;
  readonly #allocate: Allocate;
  #lastTransfer = 0;
  #open: { readonly message: Received<E>; readonly assembly: BundleAssembly } | undefined;

  constructor(limits: Limits, allocate: Allocate) {
    this.#limits = limits;
    this.#allocate = allocate;
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
    if (!kind) throw new ProtocolFault('unknown-message', 'a message without content came, or of an unknown kind');
    if (this.#open) throw this.#open.assembly.truncated(`a message of kind ${kind}`);
    const message = envelope as unknown as Received<E>;
    const field = bundleFieldOf(kind);
    if (!field) return { message, tensors: [] };
    this.#open = { message, assembly: this.#assemble(kind, field, envelope) };
    return this.#delivery();
  }

  /** @throws ProtocolFault when the stream ended amid a bundle. */
  end(): void {
    if (this.#open) throw this.#open.assembly.truncated('the end of the stream');
  }

  #assemble(kind: string, field: 'tensors' | 'inputs', envelope: E): BundleAssembly {
    const carrier = (envelope as unknown as Record<string, BundleCarrier>)[kind];
    const bundle = carrier[field];
    if (!bundle) throw new ProtocolFault('missing-bundle', `a message of kind ${kind} came without a bundle`);
    if (bundle.transfer <= this.#lastTransfer) {
      const message = `transfer ${bundle.transfer} came after transfer ${this.#lastTransfer}; numbers must grow`;
      throw new ProtocolFault('repeated-transfer', message);
    }
    this.#lastTransfer = bundle.transfer;
    return new BundleAssembly(bundle, carrier.step, this.#limits, this.#allocate);
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
