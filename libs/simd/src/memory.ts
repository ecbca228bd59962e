// Memories for arenas and models: shared, on huge pages where the system has them.

import koffi from 'koffi';

const pageBytes = 65_536;
/** The most that one memory holds: what 32-bit addresses reach. */
export const arenaLimitBytes = 65_536 * pageBytes;

/**
 * A matrix's rows lie kilobytes apart, and a time step takes a piece of each: on pages of 4 KiB every row costs a look-up
 * of its page, on huge ones none (a whole training step gains some 8 percent).
 * @param maximumBytes what it can grow to; addresses are reserved for it, nothing more.
 * @throws RangeError when the machine does not give that much.
 */
export function createMemory(bytes: number, maximumBytes: number = bytes): WebAssembly.Memory {
  const [initial, maximum] = [pagesOf(bytes), pagesOf(maximumBytes)];
  const memory = new WebAssembly.Memory({ initial, maximum, shared: true });
  if (process.platform === 'linux') adviseHugePages(memory, maximum * pageBytes);
  return memory;
}

/**
 * Grows a memory to at least `bytes`, by one thread at a time. Views and kernels of every thread stay valid; another
 * thread's `memory.buffer` reaches what is new after its own `memory.grow(0)`.
 * @throws RangeError beyond the memory's maximum, or when the machine does not give that much.
 */
export function growMemory(memory: WebAssembly.Memory, bytes: number): void {
  const missing = pagesOf(bytes) - memory.grow(0);
  if (missing > 0) memory.grow(missing);
}

const pagesOf = (bytes: number) => Math.ceil(bytes / pageBytes);

const MADV_HUGEPAGE = 14;
let madvise: ((address: bigint, length: number, advice: number) => number) | undefined;

/** A wish, also for what the memory grows to: where it is not granted, everything works as before. */
function adviseHugePages({ buffer }: WebAssembly.Memory, bytes: number): void {
  madvise ??= koffi.load(null).func('madvise', 'int', ['intptr_t', 'size_t', 'int']);
  madvise(koffi.address(new Uint8Array(buffer)), bytes, MADV_HUGEPAGE);
}
