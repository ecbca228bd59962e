// Receiving one bundle: chunks, each checked against what was announced, into tensors where the receiver wants them.

import { crc32 } from 'node:zlib';
import { copyWithChecksum } from './chunk.ts';
import { ProtocolFault, type ProtocolFaultCode } from './fault.ts';
import type { Bundle__Output } from './generated/rondo/v1/Bundle.ts';
import type { Chunk__Output } from './generated/rondo/v1/Chunk.ts';
import type { Limits } from './limits.ts';
import { bytesOf, type NamedTensor, type Place, placeTensors, type WireType } from './tensors.ts';

/** A bundle on its way in. Chunks are expected tensor by tensor, in order of offset, without a gap. */
export class BundleAssembly {
  readonly transfer: number;
  readonly tensors: readonly NamedTensor[];
  readonly #step: number;
  readonly #limits: Limits;
  /** Where the next chunk belongs. */
  #tensor = 0;
  #offset = 0;

  /**
   * @param types that the message may carry.
   * @throws ProtocolFault when the announcement breaks a limit; no memory is asked for then.
   */
  constructor(bundle: Bundle__Output, types: readonly WireType[], step: number, limits: Limits, place: Place) {
    this.transfer = bundle.transfer;
    this.tensors = placeTensors(bundle, types, limits, place);
    this.#step = step;
    this.#limits = limits;
    this.#skipFull();
  }

  get complete(): boolean {
    return this.#tensor === this.tensors.length;
  }

  /** @throws ProtocolFault for a chunk that is not the one expected, or damaged. */
  add(chunk: Chunk__Output): void {
    this.#check(chunk);
    const { data, checksum } = chunk;
    const found = this.#take(data);
    if (found !== checksum) throw this.#fault('wrong-checksum', `CRC-32 ${found} of a chunk is not its ${checksum}`);
    this.#offset += data.length;
    this.#skipFull();
  }

  /** @returns a fault that says where this bundle stopped. */
  truncated(by: string): ProtocolFault {
    return this.#fault('truncated-bundle', `${by} came before its next chunk`);
  }

  /** @returns the data's CRC-32. */
  #take(data: Buffer): number {
    const { buffer, byteOffset, byteLength } = this.tensors[this.#tensor].data;
    if (byteLength === 0) return crc32(data); // To be discarded.
    return copyWithChecksum(data, Buffer.from(buffer, byteOffset + this.#offset, data.length), 0);
  }

  #check({ transfer, tensor, offset, step, data }: Chunk__Output): void {
    if (transfer !== this.transfer) throw this.#fault('unexpected-chunk', `a chunk of transfer ${transfer} came`);
    if (tensor !== this.#tensor) throw this.#fault('wrong-tensor', `a chunk of tensor ${tensor} came`);
    if (offset !== this.#offset) throw this.#fault('wrong-offset', `a chunk at byte ${offset} came`);
    if (step !== this.#step) throw this.#fault('wrong-step', `a chunk of step ${step}, not ${this.#step}, came`);
    const room = Math.min(this.#limits.maxChunkBytes, bytesOf(this.tensors[this.#tensor]) - this.#offset);
    if (data.length === 0 || data.length > room) {
      throw this.#fault('wrong-size', `a chunk of ${data.length} bytes came where 1 to ${room} fit`);
    }
  }

  /** Goes on to the next tensor that wants data. */
  #skipFull(): void {
    while (!this.complete && this.#offset === bytesOf(this.tensors[this.#tensor])) {
      this.#tensor += 1;
      this.#offset = 0;
    }
  }

  #fault(code: ProtocolFaultCode, what: string): ProtocolFault {
    const place = `transfer ${this.transfer}, tensor ${this.#tensor} (${this.tensors[this.#tensor].name})`;
    return new ProtocolFault(code, `${place}, byte ${this.#offset}: ${what}`);
  }
}
