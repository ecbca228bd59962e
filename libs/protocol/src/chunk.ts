// A chunk as it goes over the wire, written by hand: protobuf and gRPC would copy its data once each, this copies once.

import { crc32 } from 'node:zlib';

/** Small enough that what was copied is still in the processor's cache when it is summed. */
const pieceBytes = 64 * 1024;

/** A part of a tensor, whichever streams it goes to: its checksum is computed once, as it is first copied. */
export interface Part {
  readonly step: number;
  readonly tensor: number;
  /** Bytes from the tensor's start. */
  readonly offset: number;
  readonly data: Buffer;
  checksum: number | undefined;
}

/** Protobuf's tags, `field << 3 | wire type`, of an envelope's chunk and of the fields of a chunk (work.proto). */
const tag = { chunk: 122, transfer: 8, tensor: 16, offset: 24, data: 34, checksum: 45, step: 48 } as const;
const checksumBytes = 5;

/**
 * An envelope with a chunk. It is what a serializer returns in place of a Buffer: gRPC asks for its length, makes room
 * behind its own header, and lets it `copy` itself there.
 */
export class ChunkFrame {
  readonly byteLength: number;
  /** Of the tensor's part alone. */
  readonly dataBytes: number;
  readonly #part: Part;
  readonly #head: readonly number[];
  readonly #tail: readonly number[];

  constructor(part: Part, transfer: number) {
    const { step, tensor, offset, data } = part;
    const fields = [tag.transfer, ...varint(transfer), tag.tensor, ...varint(tensor), tag.offset, ...varint(offset)];
    fields.push(tag.data, ...varint(data.length));
    this.#part = part;
    this.dataBytes = data.length;
    this.#tail = [tag.step, ...varint(step)];
    const bytes = fields.length + data.length + checksumBytes + this.#tail.length;
    this.#head = [tag.chunk, ...varint(bytes), ...fields];
    this.byteLength = this.#head.length + bytes - fields.length;
  }

  /** A client's gRPC asks for this one. */
  get length(): number {
    return this.byteLength;
  }

  copy(target: Buffer, start: number): void {
    const part = this.#part;
    target.set(this.#head, start);
    let end = start + this.#head.length;
    part.checksum = copyWithChecksum(part.data, target, end, part.checksum);
    end = target.writeUInt8(tag.checksum, end + part.data.length);
    end = target.writeUInt32LE(part.checksum, end);
    target.set(this.#tail, end);
  }
}

/**
 * Copies `source` to `target` at `start`. `Buffer.fill` is a plain memcpy, where `set` goes word by word, or byte by
 * byte, as soon as one of the two is shared memory.
 * @param known the checksum of `source`, where it has been computed.
 * @returns the CRC-32 of what was copied.
 */
export function copyWithChecksum(source: Uint8Array, target: Buffer, start: number, known?: number): number {
  let checksum = 0;
  for (let from = 0; from < source.length; from += pieceBytes) {
    const piece = source.subarray(from, from + pieceBytes);
    target.fill(piece, start + from, start + from + piece.length);
    if (known === undefined) checksum = crc32(piece, checksum);
  }
  return known ?? checksum;
}

/** Protobuf's integers: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}
