// Strided matrices: elementwise sums and products, biases, row sums, transposition, copies. `ld` counts floats.

import { column0, column1, column2, column3, loadLanes, splat, storeLanes, sumOf, within } from './lanes';

/** y [rows, n] = a + b */
export function add(a: usize, lda: i32, b: usize, ldb: i32, rows: i32, n: i32, y: usize, ldy: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      storeLanes(y + at, f32x4.add(loadLanes(a + at, lanes), loadLanes(b + at, lanes)), lanes);
    }
    a += 4 * lda;
    b += 4 * ldb;
    y += 4 * ldy;
  }
}

/** y [rows, n] = a · b, element by element */
export function multiply(a: usize, lda: i32, b: usize, ldb: i32, rows: i32, n: i32, y: usize, ldy: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      storeLanes(y + at, f32x4.mul(loadLanes(a + at, lanes), loadLanes(b + at, lanes)), lanes);
    }
    a += 4 * lda;
    b += 4 * ldb;
    y += 4 * ldy;
  }
}

/** y [rows, n] += bias [rows], on every column */
export function addBias(y: usize, ld: i32, rows: i32, n: i32, bias: usize): void {
  for (let row = 0; row < rows; row++) {
    const value = splat(bias + 4 * row);
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      storeLanes(y + 4 * i, f32x4.add(loadLanes(y + 4 * i, lanes), value), lanes);
    }
    y += 4 * ld;
  }
}

/** y [rows] = sums over the n columns of x [rows, n]: 16 partial sums, then their sum pair by pair. */
export function rowSums(x: usize, ld: i32, rows: i32, n: i32, y: usize): void {
  for (let row = 0; row < rows; row++) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let at = x;
    let rest = n;
    for (; rest >= 16; rest -= 16, at += 64) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32));
      s3 = f32x4.add(s3, v128.load(at, 48));
    }
    for (; rest > 0; rest -= 4, at += 16) s0 = f32x4.add(s0, loadLanes(at, min(rest, 4)));
    store<f32>(y + 4 * row, sumOf(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
    x += 4 * ld;
  }
}

/** y [columns, rows] = x [rows, columns] transposed. A block of 16 columns at a time, whole cache lines of x. */
export function transpose(x: usize, ldx: i32, rows: i32, columns: i32, y: usize, ldy: i32): void {
  for (let block = 0; block < columns; block += 16) {
    const end = min(block + 16, columns);
    for (let row = 0; row < rows; row += 4) {
      for (let column = block; column < end; column += 4) {
        const from = x + 4 * (row * ldx + column);
        const to = y + 4 * (column * ldy + row);
        if (rows - row >= 4 && end - column >= 4) transposeBlock(from, 4 * ldx, to, 4 * ldy);
        else transposeEdge(from, ldx, min(rows - row, 4), min(end - column, 4), to, ldy);
      }
    }
  }
}

/** 4 x 4 floats; strides are in bytes. */
@inline
function transposeBlock(x: usize, strideX: usize, y: usize, strideY: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + strideX);
  const c = v128.load(x + 2 * strideX);
  const d = v128.load(x + 3 * strideX);
  v128.store(y, column0(a, b, c, d));
  v128.store(y + strideY, column1(a, b, c, d));
  v128.store(y + 2 * strideY, column2(a, b, c, d));
  v128.store(y + 3 * strideY, column3(a, b, c, d));
}

function transposeEdge(x: usize, ldx: i32, rows: i32, columns: i32, y: usize, ldy: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      store<f32>(y + 4 * (column * ldy + row), load<f32>(x + 4 * (row * ldx + column)));
    }
  }
}

/** y [rows, n] = x */
export function copy(x: usize, ldx: i32, rows: i32, n: i32, y: usize, ldy: i32): void {
  for (let row = 0; row < rows; row++) memory.copy(y + 4 * row * ldy, x + 4 * row * ldx, 4 * n);
}

/** y [rows, n] = value */
export function fill(y: usize, ld: i32, rows: i32, n: i32, value: f32): void {
  const values = f32x4.splat(value);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i += 4) storeLanes(y + 4 * i, values, min(n - i, 4));
    y += 4 * ld;
  }
}

/** y [rows, time · batch] = x, 0 where a column t · batch + b lies past the sequence's length: t >= lengths[b]. */
export function maskColumns(
  x: usize,
  ldx: i32,
  rows: i32,
  time: i32,
  batch: i32,
  lengths: usize,
  y: usize,
  ldy: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < time; t++) {
      const at = 4 * t * batch;
      for (let b = 0; b < batch; b += 4) {
        const lanes = min(batch - b, 4);
        const kept = v128.and(loadLanes(x + at + 4 * b, lanes), within(lengths, 4 * b, t, lanes));
        storeLanes(y + at + 4 * b, kept, lanes);
      }
    }
    x += 4 * ldx;
    y += 4 * ldy;
  }
}
