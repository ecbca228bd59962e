// Tensors as the wire names them: name, shape and data, and their headers.

import { type ElementType, elements, type Shape, type TensorData } from '@rondo/rnn-core';
import { ProtocolFault } from './fault.ts';
import type { Bundle__Output } from './generated/rondo/v1/Bundle.ts';
import type { ElementType__Output } from './generated/rondo/v1/ElementType.ts';
import type { TensorHeader__Output } from './generated/rondo/v1/TensorHeader.ts';
import type { Limits } from './limits.ts';

export interface NamedTensor {
  readonly name: string;
  readonly shape: Shape;
  /** Row-major, of exactly the shape's size; its class is the element type. */
  readonly data: TensorData;
}

/** Makes the memory of one received tensor, e.g. a SharedArrayBuffer. Of exactly this many bytes. */
export type Allocate = (bytes: number) => ArrayBufferLike;

const elementBytes = 4;

const typeOnWire: Record<ElementType, ElementType__Output> = {
  float32: 'ELEMENT_TYPE_FLOAT32',
  int32: 'ELEMENT_TYPE_INT32',
};

if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1) {
  throw new Error('tensors travel as they lie in memory, little-endian; this processor is big-endian');
}

/** @throws Error when a tensor's data does not fill its shape. */
export function headerOf({ name, shape, data }: NamedTensor): TensorHeader__Output {
  if (data.length !== elements(shape)) {
    throw new Error(`tensor ${name} has ${data.length} elements and the shape [${shape.join(', ')}]`);
  }
  const type = typeOnWire[data instanceof Float32Array ? 'float32' : 'int32'];
  return { name, type, shape: [...shape] };
}

export function bytesOf(tensors: readonly NamedTensor[]): number {
  return tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
}

/**
 * Memory for the announced tensors, once the announcement is within the limits.
 * @throws ProtocolFault `too-many-tensors`, `bad-tensor-header`, `bundle-too-large`.
 */
export function allocateTensors(bundle: Bundle__Output, limits: Limits, allocate: Allocate): NamedTensor[] {
  checkHeaders(bundle, limits);
  return bundle.tensors.map(({ name, type, shape }) => {
    const buffer = allocateOrFault(elements(shape) * elementBytes, allocate, bundle.transfer);
    return { name, shape, data: type === typeOnWire.float32 ? new Float32Array(buffer) : new Int32Array(buffer) };
  });
}

function checkHeaders({ transfer, tensors }: Bundle__Output, limits: Limits): void {
  if (tensors.length > limits.maxTensors) {
    const message = `transfer ${transfer} announces ${tensors.length} tensors; at most ${limits.maxTensors} are taken`;
    throw new ProtocolFault('too-many-tensors', message);
  }
  const names = new Set<string>();
  let bytes = 0;
  for (const [index, header] of tensors.entries()) {
    const problem = problemOf(header, names, limits);
    if (problem) throw new ProtocolFault('bad-tensor-header', `transfer ${transfer}, tensor ${index}: ${problem}`);
    names.add(header.name);
    bytes += elements(header.shape) * elementBytes;
  }
  if (bytes > limits.maxBundleBytes) {
    const message = `transfer ${transfer} announces ${bytes} bytes; at most ${limits.maxBundleBytes} are taken`;
    throw new ProtocolFault('bundle-too-large', message);
  }
}

function problemOf(header: TensorHeader__Output, names: ReadonlySet<string>, limits: Limits): string | undefined {
  const { name, type, shape } = header;
  if (name === '') return 'it has no name';
  if (name.length > limits.maxTensorNameLength) return `its name is longer than ${limits.maxTensorNameLength}`;
  if (names.has(name)) return `the name ${name} is taken`;
  if (!Object.values(typeOnWire).includes(type)) return `unknown element type ${type}`;
  if (shape.length > limits.maxRank) return `it has ${shape.length} axes; at most ${limits.maxRank} are taken`;
  return undefined;
}

function allocateOrFault(bytes: number, allocate: Allocate, transfer: number): ArrayBufferLike {
  try {
    return allocate(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `transfer ${transfer}: no memory for a tensor of ${bytes} bytes`;
    throw new ProtocolFault('bundle-too-large', message);
  }
}
