// Tensors as the wire names them: name, element type, shape and data, and their headers.

import { type ElementType, elements, type Shape } from '@rondo/rnn-core';
import { ProtocolFault } from './fault.ts';
import type { Bundle__Output } from './generated/rondo/v1/Bundle.ts';
import type { ElementType__Output } from './generated/rondo/v1/ElementType.ts';
import type { TensorHeader__Output } from './generated/rondo/v1/TensorHeader.ts';
import type { Limits } from './limits.ts';

/** What a program computes with, and the halves in which gradients may travel. */
export type WireType = ElementType | 'float16' | 'bfloat16';

/** What a bundle says of a tensor before its data. */
export interface TensorHeader {
  readonly name: string;
  readonly type: WireType;
  readonly shape: Shape;
}

/** Data is row-major, of exactly the shape's size; of the halves it is the bits. */
export type NamedTensor = TensorHeader &
  (
    | { readonly type: 'float32'; readonly data: Float32Array }
    | { readonly type: 'int32'; readonly data: Int32Array }
    | { readonly type: 'float16' | 'bfloat16'; readonly data: Uint16Array }
  );

/**
 * Memory for a tensor that is announced: exactly that many bytes, at a multiple of its element size; undefined for a new
 * buffer, `discard` for a tensor that nobody reads.
 */
export type Place = (tensor: TensorHeader, bytes: number) => Uint8Array | 'discard' | undefined;

/** The proto's names of element types. */
export const typesOnWire = {
  float32: 'ELEMENT_TYPE_FLOAT32',
  int32: 'ELEMENT_TYPE_INT32',
  float16: 'ELEMENT_TYPE_FLOAT16',
  bfloat16: 'ELEMENT_TYPE_BFLOAT16',
} as const satisfies Record<WireType, ElementType__Output>;

const wireTypes = Object.keys(typesOnWire) as WireType[];

if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) {
  throw new Error('tensors travel as they lie in memory, little-endian; this processor is big-endian');
}

/** @returns undefined for a type that this version does not know. */
export function typeFromWire(name: ElementType__Output): WireType | undefined {
  return wireTypes.find((type) => typesOnWire[type] === name);
}

/** @throws Error when a tensor's data does not fill its shape. */
export function headerOf({ name, type, shape, data }: NamedTensor): TensorHeader__Output {
  if (data.length !== elements(shape)) {
    throw new Error(`tensor ${name} has ${data.length} elements and the shape [${shape.join(', ')}]`);
  }
  return { name, type: typesOnWire[type], shape: [...shape] };
}

/**
 * Memory for the announced tensors, once the announcement is within the limits. Those to discard have no data.
 * @param types that the message may carry.
 * @throws ProtocolFault `too-many-tensors`, `bad-tensor-header`, `bundle-too-large`.
 */
export function placeTensors(
  bundle: Bundle__Output,
  types: readonly WireType[],
  limits: Limits,
  place: Place,
): NamedTensor[] {
  const headers = checkedHeaders(bundle, types, limits);
  let newBytes = 0;
  return headers.map((header) => {
    const bytes = bytesOf(header);
    let memory = place(header, bytes);
    if (memory === undefined) {
      newBytes += bytes;
      if (newBytes > limits.maxNewBytes) throw tooLarge(bundle.transfer, newBytes, limits.maxNewBytes);
      memory = newMemory(bytes, bundle.transfer);
    }
    if (memory === 'discard') return { ...viewOf({ ...header, shape: [0] }, new Uint8Array()), shape: header.shape };
    if (memory.length !== bytes)
      throw new Error(`tensor ${header.name} has ${bytes} bytes, its place ${memory.length}`);
    return viewOf(header, memory);
  });
}

function checkedHeaders(
  { transfer, tensors }: Bundle__Output,
  types: readonly WireType[],
  limits: Limits,
): TensorHeader[] {
  if (tensors.length > limits.maxTensors) {
    const message = `transfer ${transfer} announces ${tensors.length} tensors; at most ${limits.maxTensors} are taken`;
    throw new ProtocolFault('too-many-tensors', message);
  }
  const names = new Set<string>();
  const headers = tensors.map(({ name, type: nameOfType, shape }, index): TensorHeader => {
    const type = typeFromWire(nameOfType);
    const problem =
      problemOf(name, shape, names, limits) ??
      (type === undefined || !types.includes(type) ? `it may not be of element type ${nameOfType}` : undefined);
    if (problem) throw new ProtocolFault('bad-tensor-header', `transfer ${transfer}, tensor ${index}: ${problem}`);
    names.add(name);
    return { name, type: type as WireType, shape };
  });
  const bytes = headers.reduce((sum, header) => sum + bytesOf(header), 0);
  if (bytes > limits.maxBundleBytes) {
    throw tooLarge(transfer, bytes, limits.maxBundleBytes);
  }
  return headers;
}

function tooLarge(transfer: number, bytes: number, limit: number): ProtocolFault {
  const message = `transfer ${transfer} announces ${bytes} bytes; at most ${limit} are taken`;
  return new ProtocolFault('bundle-too-large', message);
}

function problemOf(name: string, shape: Shape, names: ReadonlySet<string>, limits: Limits): string | undefined {
  if (name === '') return 'it has no name';
  if (name.length > limits.maxTensorNameLength) return `its name is longer than ${limits.maxTensorNameLength}`;
  if (names.has(name)) return `the name ${name} is taken`;
  if (shape.length > limits.maxRank) return `it has ${shape.length} axes; at most ${limits.maxRank} are taken`;
  return undefined;
}

/** Of a tensor's data. */
export function bytesOf({ type, shape }: TensorHeader): number {
  return elements(shape) * (type === 'float32' || type === 'int32' ? 4 : 2);
}

function newMemory(bytes: number, transfer: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `transfer ${transfer}: no memory for a tensor of ${bytes} bytes`;
    throw new ProtocolFault('bundle-too-large', message);
  }
}

function viewOf({ name, type, shape }: TensorHeader, { buffer, byteOffset }: Uint8Array): NamedTensor {
  const length = elements(shape);
  switch (type) {
    case 'float32':
      return { name, type, shape, data: new Float32Array(buffer, byteOffset, length) };
    case 'int32':
      return { name, type, shape, data: new Int32Array(buffer, byteOffset, length) };
    case 'float16':
    case 'bfloat16':
      return { name, type, shape, data: new Uint16Array(buffer, byteOffset, length) };
  }
}
