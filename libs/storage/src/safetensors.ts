// The safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of header size, a JSON header,
// the tensors' bytes one after the other, all little-endian.

import { elements, type Shape, type TensorData } from '@rondo/rnn-core';
import { readHashed } from './files.ts';
import { RunFault } from './run-fault.ts';

export interface StoredTensor {
  readonly shape: Shape;
  readonly data: TensorData;
}

export type StoredTensors = Readonly<Record<string, StoredTensor>>;

/** The header's entry that is no tensor. */
const metadataName = '__metadata__';
/** The format's own limit. */
const headerLimitBytes = 100_000_000;
const alignmentBytes = 8;

/**
 * @param metadata texts that the file says about itself.
 * @returns the file in pieces: the header, then views of the tensors' own memory, sorted by name.
 * The header is padded with spaces so that the tensors begin at a multiple of 8.
 */
export function encodeSafetensors(tensors: StoredTensors, metadata?: Readonly<Record<string, string>>): Uint8Array[] {
  const header: Record<string, unknown> = metadata === undefined ? {} : { [metadataName]: metadata };
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name];
    if (elements(shape) !== data.length) {
      throw new Error(`tensor ${name} [${shape.join(', ')}] has ${data.length} elements`);
    }
    const end = offset + data.byteLength;
    header[name] = { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data_offsets: [offset, end] };
    pieces.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset = end;
  }
  return [encodeHeader(JSON.stringify(header)), ...pieces];
}

function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const size = Math.ceil(text.length / alignmentBytes) * alignmentBytes;
  const bytes = new Uint8Array(8 + size).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  bytes.set(text, 8);
  return bytes;
}

/** Bytes of an element, by the format's names of types. What is no F32 or I32 is read as the nearest float32. */
const elementBytes = { F32: 4, I32: 4, F64: 8, F16: 2, BF16: 2 } as const;
type ElementType = keyof typeof elementBytes;
const isElementType = (dtype: unknown): dtype is ElementType => Object.hasOwn(elementBytes, String(dtype));

interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: number[];
  /** From the end of the header. */
  readonly start: number;
  readonly end: number;
}

/**
 * @param file the name for messages.
 * @param bytes the whole file.
 * @param names the tensors wanted; default: all.
 * @returns tensors that share the memory of `bytes` where they are of 4 bytes an element and it is aligned to them, else copies.
 * @throws RunFault `bad-tensors` that names the file, the tensor and what is wrong with it.
 */
export function decodeSafetensors(
  file: string,
  bytes: Uint8Array,
  names?: readonly string[],
): Record<string, StoredTensor> {
  const { entries, dataStart } = decodeHeader(file, bytes);
  const missing = names?.filter((name) => !entries.has(name)) ?? [];
  if (missing.length > 0) throw fault(file, `has no tensor ${missing.join(', ')}`);
  return Object.fromEntries(
    [...(names ?? entries.keys())].map((name) => {
      const { type, shape, start, end } = entries.get(name) as Entry;
      return [name, { shape, data: words(type, bytes.subarray(dataStart + start, dataStart + end)) }];
    }),
  );
}

/** `decodeSafetensors` of a file on disk. */
export async function readSafetensors(file: string, names?: readonly string[]): Promise<Record<string, StoredTensor>> {
  return decodeSafetensors(file, (await readHashed(file)).bytes, names);
}

function words(type: ElementType, bytes: Uint8Array): TensorData {
  const size = elementBytes[type];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
  const length = byteLength / size;
  switch (type) {
    case 'I32':
      return new Int32Array(buffer, byteOffset, length);
    case 'F32':
      return new Float32Array(buffer, byteOffset, length);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, length));
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(
        Uint32Array.from(new Uint16Array(buffer, byteOffset, length), (bits) => bits << 16).buffer,
      );
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, length), half);
  }
}

/** The value of an IEEE 754 binary16. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 0x1f, (bits & 0x3ff) / 0x400];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}

function decodeHeader(file: string, bytes: Uint8Array): { entries: Map<string, Entry>; dataStart: number } {
  if (bytes.length < 8) throw fault(file, `has ${bytes.length} bytes, too few for a header`);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (size > headerLimitBytes) throw fault(file, `has a header of ${size} bytes; is it a safetensors file?`);
  const dataStart = 8 + Number(size);
  if (dataStart > bytes.length) throw fault(file, `ends within its header, at ${bytes.length} of ${dataStart} bytes`);
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(parseHeader(file, bytes.subarray(8, dataStart)))) {
    if (name !== metadataName) entries.set(name, checkEntry(file, name, value));
  }
  checkCoverage(file, entries, bytes.length - dataStart);
  return { entries, dataStart };
}

function parseHeader(file: string, text: Uint8Array): object {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header;
  } catch (error) {
    throw fault(file, `has a header that is no JSON (${(error as Error).message})`);
  }
  throw fault(file, 'has a header that is no JSON object');
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every(isSize);

function checkEntry(file: string, name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!isElementType(dtype)) {
    const types = Object.keys(elementBytes).join(', ');
    throw fault(file, `tensor ${name} has dtype ${JSON.stringify(dtype)}; ${types} are read`);
  }
  if (!areSizes(shape)) throw fault(file, `tensor ${name} has shape ${JSON.stringify(shape)}`);
  if (!areSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fault(file, `tensor ${name} has data_offsets ${JSON.stringify(offsets)}`);
  }
  const [start, end] = offsets as [number, number];
  if (end - start !== elementBytes[dtype] * elements(shape)) {
    throw fault(file, `tensor ${name} ${dtype}[${shape.join(', ')}] has ${end - start} bytes`);
  }
  return { name, type: dtype, shape, start, end };
}

/** The tensors must fill the rest of the file without a hole or an overlap. */
function checkCoverage(file: string, entries: ReadonlyMap<string, Entry>, size: number): void {
  let covered = 0;
  for (const { name, start, end } of [...entries.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) throw fault(file, `tensor ${name} begins at byte ${start}, expected ${covered}`);
    if (end > size) throw fault(file, `tensor ${name} ends at byte ${end} of ${size}: the file is cut off`);
    covered = end;
  }
  if (covered !== size) throw fault(file, `has ${size - covered} bytes behind its last tensor`);
}

function fault(file: string, what: string): RunFault {
  return new RunFault('bad-tensors', `${file}: ${what}`);
}

/**
 * Checks names, shapes and types (float32) against what a model or an optimizer wants.
 * @throws RunFault `bad-tensors` with everything that differs, one a line.
 */
export function expectTensors(
  file: string,
  tensors: StoredTensors,
  expected: readonly { readonly name: string; readonly shape: Shape }[],
): void {
  const describe = ({ shape, data }: StoredTensor) =>
    `${data instanceof Int32Array ? 'int32' : 'float32'}[${shape.join(', ')}]`;
  const wanted = new Map(expected.map(({ name, shape }) => [name, `float32[${shape.join(', ')}]`]));
  const faults = [...wanted].flatMap(([name, want]) => {
    if (tensors[name] === undefined) return [`${name}: missing, expected ${want}`];
    const is = describe(tensors[name]);
    return is === want ? [] : [`${name}: is ${is}, expected ${want}`];
  });
  for (const name of Object.keys(tensors)) {
    if (!wanted.has(name)) faults.push(`${name}: not a tensor of this model`);
  }
  if (faults.length > 0) throw fault(file, `does not fit:\n  ${faults.join('\n  ')}`);
}
