// Writes protobuf messages (https://protobuf.dev/programming-guides/encoding). The few kinds of fields that ONNX needs are
// less code than a schema for a library, and weights are written from where they lie, without a copy.

const wireTypes = { varint: 0, bytes: 2, fixed32: 5 } as const;
const text = new TextEncoder();

/** A message under way: fields in the order in which they are added. */
export class Message {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** What it is made of, one after the other; tensors are views of the memory that was given. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  /** An int32, int64 or enum field. */
  integer(field: number, value: number): this {
    this.#key(field, wireTypes.varint);
    return this.#varint(value);
  }

  float(field: number, value: number): this {
    this.#key(field, wireTypes.fixed32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#key(field, wireTypes.bytes);
    return this.#varint(value.length).#add(value);
  }

  /** @param inner whole: what is added to it later is not written. */
  message(field: number, inner: Message): this {
    this.#key(field, wireTypes.bytes);
    this.#varint(inner.size);
    for (const piece of inner.pieces) this.#add(piece);
    return this;
  }

  #key(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType);
  }

  /** Seven bits a byte, the lowest first; a negative number as its 64 bits of two's complement. */
  #varint(value: number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return this.#add(Uint8Array.of(...bytes, Number(rest)));
  }

  #add(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#size += piece.length;
    return this;
  }
}
