// IDX files, the format of MNIST: a number of dimensions, their sizes, and numbers, all of it big-endian.

import type { DataFile } from '../files.ts';
import { faultAt, readBytes } from './content.ts';
import { checkFinite, checkSize, type NumberArray, type Numbers } from './numbers.ts';

/** Element types by the third byte of the magic number: 2049 and 2051 are unsigned bytes in one and in three dimensions. */
const types: Record<number, { readonly bytes: number; readonly read: (view: DataView, count: number) => NumberArray }> =
  {
    8: { bytes: 1, read: (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength) },
    9: { bytes: 1, read: (view) => new Int8Array(view.buffer, view.byteOffset, view.byteLength) },
    11: { bytes: 2, read: (view, count) => Int16Array.from({ length: count }, (_, i) => view.getInt16(2 * i)) },
    12: { bytes: 4, read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i)) },
    13: { bytes: 4, read: (view, count) => Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i)) },
    14: { bytes: 8, read: (view, count) => Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i)) },
  };

const maxAxes = 8;

/**
 * An IDX file, packed by gzip or not, such as `train-images-idx3-ubyte.gz`.
 * @throws DataFault data-format where it is none or has more or fewer bytes than its shape; data-value for a number that is not
 * finite; those of readBytes.
 */
export async function readIdx(file: DataFile): Promise<Numbers> {
  const bytes = await readBytes(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = types[bytes[2]];
  const axes = bytes[3];
  const header = 4 + 4 * axes;
  if (
    bytes.length < 8 ||
    view.getUint16(0) !== 0 ||
    type === undefined ||
    axes < 1 ||
    axes > maxAxes ||
    bytes.length < header
  ) {
    const magic = bytes.length < 4 ? `${bytes.length} bytes` : `magic number ${view.getUint32(0)}`;
    const message = `${magic}; an IDX file was expected, with 2051 for images and 2049 for labels`;
    throw faultAt(file, undefined, 'data-format', message);
  }
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = checkSize(file, shape, type.bytes, bytes.length - header);
  const data = type.read(new DataView(bytes.buffer, bytes.byteOffset + header, count * type.bytes), count);
  checkFinite(file, { shape, data }, 'refuse');
  return { shape, data };
}
