// NumPy's .npy files: one array with its shape; and folders of them, sorted by label.

import { basename, dirname } from 'node:path/posix';
import { escapePath } from 'tinyglobby';
import type { DataFile, FindOptions } from '../files.ts';
import { findFiles } from '../files.ts';
import { faultAt, quoted, readBytes } from './content.ts';
import { checkFinite, checkSize, type NumberArray, type Numbers } from './numbers.ts';

/** `\x93NUMPY`, then the version. */
const magic = Buffer.from('934e554d5059', 'hex');

/** Of int64, beyond which a number of JavaScript is not exact. */
const maxExact = BigInt(Number.MAX_SAFE_INTEGER);

const types: Record<string, { readonly bytes: number; readonly read: (data: ArrayBuffer) => NumberArray | bigint }> = {
  '|u1': { bytes: 1, read: (data) => new Uint8Array(data) },
  '<i4': { bytes: 4, read: (data) => new Int32Array(data) },
  '<i8': { bytes: 8, read: exactIntegers },
  '<f4': { bytes: 4, read: (data) => new Float32Array(data) },
  '<f8': { bytes: 8, read: (data) => new Float64Array(data) },
};

/** As doubles, or the first that no double is. */
function exactIntegers(data: ArrayBuffer): Float64Array | bigint {
  const integers = new BigInt64Array(data);
  const inexact = integers.find((value) => value > maxExact || value < -maxExact);
  return inexact ?? Float64Array.from(integers, Number);
}

/**
 * An array of uint8, int32, int64, float32 or float64, little-endian and row-major (format versions 1 to 3, as in NumPy's
 * numpy.lib.format); int64 comes as doubles.
 * @throws DataFault data-format where it is none, of another type, column-major, or cut off; data-value for an int64 that no double
 * holds; those of readBytes.
 */
export async function readNpy(file: DataFile): Promise<Numbers> {
  const bytes = await readBytes(file);
  const { text, end } = headerOf(file, bytes);
  const fault = (message: string) => faultAt(file, undefined, 'data-format', message);
  const field = (name: string, value: string) => new RegExp(`'${name}': *${value}`).exec(text)?.[1];
  const descr = field('descr', "'([^']*)'");
  const order = field('fortran_order', '(True|False)');
  const sizes = field('shape', '\\(([0-9, ]*)\\)');
  if (order === undefined || sizes === undefined)
    throw fault(`its header is ${quoted(text)}; save it again with numpy.save`);
  const type = descr === undefined ? undefined : types[descr];
  if (type === undefined) {
    const found = descr === undefined ? 'records' : `type ${quoted(descr)}`;
    throw fault(`${found}; |u1, <i4, <i8, <f4 or <f8 was expected: save array.astype('<f4')`);
  }
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  if (order === 'True' && shape.length > 1) {
    throw fault('column-major (Fortran order); save numpy.ascontiguousarray(array)');
  }
  checkSize(file, shape, type.bytes, bytes.length - end);
  const data = type.read(bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + bytes.length) as ArrayBuffer);
  if (typeof data !== 'bigint') return { shape, data };
  throw faultAt(
    file,
    undefined,
    'data-value',
    `${data} is beyond 2^53, so not exact as a double; save smaller numbers, or <f8`,
  );
}

/** The header's text, a Python dictionary, and where the data begins. */
function headerOf(file: DataFile, bytes: Buffer): { text: string; end: number } {
  const version = bytes[6];
  const prefix = version === 1 ? 10 : 12;
  if (bytes.length < prefix || !bytes.subarray(0, 6).equals(magic) || version < 1 || version > 3) {
    throw faultAt(file, undefined, 'data-format', 'not a .npy file; save an array with numpy.save');
  }
  const end = prefix + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end > bytes.length)
    throw faultAt(file, undefined, 'data-format', 'cut off in its header; bring the whole file again');
  return { text: bytes.toString('latin1', prefix, end), end };
}

export interface LabelledArray {
  /** The name of the folder that the file lies in. */
  readonly label: string;
  readonly array: Numbers;
  /** Relative to the base folder. */
  readonly file: string;
}

/** The most files of a folder. */
const maxFiles = 200_000;

/**
 * Every `LABEL/NAME.npy` (or .npy.gz) below a folder, in the order of their names' code points.
 * @param options.field the spec's field that names the folder.
 * @throws DataFault of findFiles and readNpy; data-value for a number that is not finite; data-too-large.
 */
export async function readNpyFolder(
  folder: string,
  baseDir: string,
  options: FindOptions & { readonly field: string },
): Promise<LabelledArray[]> {
  const files = await findFiles(`${escapePath(folder)}/*/*.npy{,.gz}`, baseDir, options);
  if (files.length > maxFiles) {
    const message = `more than ${maxFiles} files in ${folder}; put several examples into one array`;
    throw faultAt(files[maxFiles], undefined, 'data-too-large', message);
  }
  const arrays: LabelledArray[] = [];
  // One after the other: the arrays may fill much of the memory.
  for (const file of files) {
    const array = await readNpy(file);
    checkFinite(file, array, 'refuse');
    arrays.push({ label: basename(dirname(file.name)), array, file: file.name });
  }
  return arrays;
}
