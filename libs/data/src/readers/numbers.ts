// Numbers in a shape, as IDX and .npy files hold them.

import type { DataFile } from '../files.ts';
import { faultAt } from './content.ts';

export type NumberArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

export interface Numbers {
  /** Empty for a single number. */
  readonly shape: readonly number[];
  /** Row-major: the last axis runs fastest. */
  readonly data: NumberArray;
}

/**
 * @param missing `keep` lets NaN stand for a number that is not known.
 * @throws DataFault data-value with the place of the first number that is not finite.
 */
export function checkFinite(file: DataFile, { shape, data }: Numbers, missing: 'refuse' | 'keep'): void {
  // Integers are finite, and images have millions of them.
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return;
  const isOdd = (value: number) => !Number.isFinite(value) && !(missing === 'keep' && Number.isNaN(value));
  const at = data.findIndex(isOdd);
  if (at < 0) return;
  const place = shape.map((size, axis) => Math.floor(at / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % size);
  const message = `the number at [${place.join(', ')}] is ${data[at]}; a finite one was expected`;
  throw faultAt(file, undefined, 'data-value', message);
}

/**
 * The number of elements of a shape that fills the file exactly.
 * @param has bytes after the header.
 * @throws DataFault data-format.
 */
export function checkSize(file: DataFile, shape: readonly number[], bytesEach: number, has: number): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count * bytesEach === has) return count;
  const says = `${shape.length === 0 ? '1 number' : shape.join(' x ')} of ${bytesEach} bytes, ${count * bytesEach} together`;
  const message = `its header says ${says}, but ${has} bytes follow; bring the whole file again`;
  throw faultAt(file, undefined, 'data-format', message);
}
