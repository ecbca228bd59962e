// The checksum of weights or of a gradient.

import { createHash } from 'node:crypto';
import { sortedNames } from './floats.ts';
import type { SlotArrays } from './memory/model-arrays.ts';

/** SHA-256 in hexadecimal of the little-endian bytes of all tensors, in order of name. */
export function tensorsChecksum(tensors: SlotArrays): string {
  const hash = createHash('sha256');
  for (const name of sortedNames(tensors)) {
    const { buffer, byteOffset, byteLength } = tensors[name];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
