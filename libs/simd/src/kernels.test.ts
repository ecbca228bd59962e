// The module itself: nothing of its own in the memory, several instances over one memory.

import { expect, test } from 'vitest';
import { instantiateKernels, instantiateUpdateKernels, scratchBytes } from './kernels.ts';
import { createMemory, growMemory } from './memory.ts';

test('a memory that the kernels share stays as it is until they are called', () => {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  new Uint8Array(memory.buffer).fill(0xa5);
  instantiateKernels(memory, 1024);
  expect(new Uint8Array(memory.buffer).every((byte) => byte === 0xa5)).toBe(true);
});

test('the matrix product keeps to its scratch', () => {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const floats = new Float32Array(memory.buffer);
  const [first, second] = [1024, 1024 + scratchBytes];
  const end = (second + scratchBytes) / 4;
  const [one, other] = [instantiateKernels(memory, first), instantiateKernels(memory, second)];
  const [n, a, b, c] = [260, end, end + 260 * 260, end + 2 * 260 * 260];
  floats.fill(1, a, c);
  floats.fill(7, second / 4, end);
  one.gemm(0, 0, n, n, n, 4 * a, n, 4 * b, n, 0, 4 * c, n);
  expect(floats.subarray(second / 4, end).every((value) => value === 7)).toBe(true);
  expect(floats.subarray(0, first / 4).every((value) => value === 0)).toBe(true);
  const used = floats.slice(first / 4, second / 4);
  other.gemm(1, 1, n, n, n, 4 * a, n, 4 * b, n, 1, 4 * c, n);
  expect(floats.slice(first / 4, second / 4)).toEqual(used);
  expect(floats.subarray(c, c + n * n).every((value) => value === 2 * n)).toBe(true);
});

test('a memory grows to its maximum, and kernels that were there before reach what is new', () => {
  const memory = createMemory(10, 3 * 65_536);
  expect(memory.buffer.byteLength).toBe(65_536);
  const kernels = instantiateUpdateKernels(memory);
  growMemory(memory, 2 * 65_536 + 1);
  growMemory(memory, 1);
  expect(memory.buffer.byteLength).toBe(3 * 65_536);
  const floats = new Float32Array(memory.buffer);
  floats.fill(1, floats.length - 4);
  kernels.addInto(4, memory.buffer.byteLength - 16, 64);
  expect([...floats.subarray(15, 21)]).toEqual([0, 1, 1, 1, 1, 0]);
  expect(() => growMemory(memory, 4 * 65_536)).toThrow(RangeError);
});
