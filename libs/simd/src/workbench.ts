// For tests: matrices in a memory beside the kernels. What lies between and behind their rows is poisoned, so that reading
// it spoils a result and writing it is found.

import { instantiateKernels, type Kernels, scratchBytes } from './kernels.ts';

const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
export const kernels: Kernels = instantiateKernels(memory, 64);
const floats = new Float32Array(memory.buffer);
const words = new Int32Array(memory.buffer);
const shorts = new Uint16Array(memory.buffer);
const doubles = new Float64Array(memory.buffer);

/** A NaN with a payload of its own. */
const poison = 0x7fc0dead;
const firstFree = 64 + scratchBytes;
let top = firstFree;
let matrices: Matrix[] = [];

export interface Matrix {
  /** Where it begins, in bytes. */
  readonly at: number;
  readonly ld: number;
  readonly rows: number;
  readonly columns: number;
  get(row: number, column: number): number;
}

/** Forgets all matrices; their place is used again. */
export function clear(): void {
  top = firstFree;
  matrices = [];
}

export type Value = (row: number, column: number) => number;

/** A matrix of float32 whose rows lie `gap` elements apart. */
export function matrix(rows: number, columns: number, value: Value = () => Number.NaN, gap = 3): Matrix {
  const ld = columns + gap;
  const first = top / 4;
  const made: Matrix = { at: top, ld, rows, columns, get: (row, column) => floats[first + row * ld + column] };
  words.fill(poison, first, first + rows * ld);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) floats[first + row * ld + column] = value(row, column);
  }
  // Not a multiple of 16: kernels may not count on more than a float's alignment.
  top += 4 * rows * ld + 4;
  if (top > memory.buffer.byteLength) throw new Error('the workbench is full: clear() it');
  matrices.push(made);
  return made;
}

export const vector = (size: number, value?: (index: number) => number): Matrix =>
  matrix(1, size, value && ((_, column) => value(column)), 1);

/** int32 values. */
export function integers(values: readonly number[]): number {
  const { at } = vector(values.length, () => 0);
  words.set(values, at / 4);
  return at;
}

/** uint16 values, behind each other and behind them poison: two to a float's place. */
export function halves(size: number, value: (index: number) => number = () => 0): Matrix {
  const { at, ...made } = vector(Math.ceil(size / 2), () => 0);
  const first = at / 2;
  for (let i = 0; i < size; i++) shorts[first + i] = value(i);
  return { ...made, at, columns: size, get: (_row, column) => shorts[first + column] };
}

/** A place for `size` doubles. */
export function doublesAt(size: number): { readonly at: number; get(index: number): number } {
  top = Math.ceil(top / 8) * 8;
  const at = top;
  top += 8 * size;
  return { at, get: (index) => doubles[at / 8 + index] };
}

/** @throws Error when something was written between the rows of any matrix. */
export function expectGapsUntouched(): void {
  for (const { at, ld, rows, columns } of matrices) {
    for (let row = 0; row < rows; row++) {
      const end = at / 4 + (row + 1) * ld;
      for (let i = end - ld + columns; i < end; i++) {
        if (words[i] !== poison) throw new Error(`row ${row} of ${rows} x ${columns} was written beyond its end`);
      }
    }
  }
}

/** @throws Error where an element is not within `tolerance`, absolute and relative, of `expected`. */
export function expectMatrix(found: Matrix, expected: Value, tolerance = 2e-6): void {
  for (let row = 0; row < found.rows; row++) {
    for (let column = 0; column < found.columns; column++) {
      const [value, wanted] = [found.get(row, column), expected(row, column)];
      if (Object.is(value, wanted) || Math.abs(value - wanted) <= tolerance * (1 + Math.abs(wanted))) continue;
      throw new Error(`[${row}, ${column}] of ${found.rows} x ${found.columns}: ${value}, expected ${wanted}`);
    }
  }
}

/** The matrix as it is now. */
export function snapshot(of: Matrix): Value {
  const values = Float32Array.from({ length: of.rows * of.columns }, (_, i) =>
    of.get(Math.floor(i / of.columns), i % of.columns),
  );
  return (row, column) => values[row * of.columns + column];
}

/** Numbers in [-scale, scale) that follow from a seed: a 32-bit linear congruential generator's upper bits. */
export function noise(seed: number, scale = 1): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9) | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.fround((state / 2 ** 31) * scale);
  };
}

/** Recurrent steps to try: hidden and batch sizes, with sequences of 0 to 4 steps at step 2, or with all of their steps. */
export const cases = [
  { hidden: 1, batch: 1 },
  { hidden: 3, batch: 4 },
  { hidden: 2, batch: 7 },
  { hidden: 5, batch: 18 },
].flatMap(({ hidden, batch }) =>
  [false, true].map((masked) => {
    const t = 2;
    const lengthOf = (column: number) => (masked ? column % 5 : t + 1);
    const lengths = () => (masked ? integers(Array.from({ length: batch }, (_, b) => lengthOf(b))) : 0);
    return { hidden, batch, masked, t, inside: (column: number) => t < lengthOf(column), lengths };
  }),
);
