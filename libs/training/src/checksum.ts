// The checksum of weights, of a gradient, of a state.

import { createHash } from 'node:crypto';
import { sortedNames } from './floats.ts';

/** SHA-256 in hexadecimal of the little-endian bytes of all tensors, in order of name. */
export function tensorsChecksum(tensors: Readonly<Record<string, ArrayBufferView>>): string {
  const hash = createHash('sha256');
  for (const name of sortedNames(tensors)) {
    const { buffer, byteOffset, byteLength } = tensors[name];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
