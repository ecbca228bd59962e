// Random numbers from a seed, and arrays as .npy files: what the examples' prepare scripts make their data with.

/** A generator of numbers in [0, 1): the 32-bit hash lowbias32 (Chris Wellons 2018) of a counter. */
export function generator(seed) {
  let counter = Math.imul(seed, 0x9e3779b9);
  return () => {
    counter = (counter + 1) | 0;
    let hash = counter ^ (counter >>> 16);
    hash = Math.imul(hash, 0x7feb352d);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x846ca68b);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** NumPy's format, version 1.0, of float32: header and data begin at multiples of 64 bytes. */
export function npy(shape, data) {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11).concat('\n');
  const head = Buffer.alloc(10);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(header.length, 8);
  return Buffer.concat([head, Buffer.from(header), Buffer.from(data.buffer)]);
}
