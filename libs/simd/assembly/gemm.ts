// The matrix product over packed panels, single precision, without fused multiply-add.
//
// Letters: c [M, N], k runs over the inner size K. A block of `depth` values of k by `width` columns of op(b) is packed once,
// in panels of 8 columns; every 4 rows of op(a) meet all of its panels from the L1 cache. Rows of a lie as the product
// needs them unless a is transposed: then 16 of them are packed at a time.
//
// An element of c is the sum of sums over `depth` neighbouring values of k, each in order of k, whatever M, N and the
// element's place are: a column's bits do not depend on the columns beside it.

import { loadLanes, splat } from './lanes';
import { transpose } from './matrix';

const depth: i32 = 256;
const width: i32 = 256;
/** Rows of op(a) that are packed together: as many as share the cache lines of a transposed a. */
const group: i32 = 16;

let packedB: usize = 0;
let packedA: usize = 0;
let tile: usize = 0;

/** Scratch: a packed block of op(b), the packed rows of op(a), and a 4 x 8 tile for the edges; scratchBytes in all. */
export function setGemmScratch(at: usize): void {
  packedB = at;
  packedA = packedB + 4 * depth * width;
  tile = packedA + 4 * group * depth;
}

/** c [M, N] = beta · c + op(a) op(b), all row-major, op transposing on demand. beta 0 does not read c; k 0 leaves beta · c. */
export function gemm(
  transA: i32,
  transB: i32,
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: i32,
  b: usize,
  ldb: i32,
  beta: i32,
  c: usize,
  ldc: i32,
): void {
  if (k == 0 && beta == 0) for (let row = 0; row < m; row++) memory.fill(c + 4 * row * ldc, 0, 4 * n);
  for (let column = 0; column < n; column += width) {
    const columns = min(n - column, width);
    for (let from = 0; from < k; from += depth) {
      const deep = min(k - from, depth);
      const accumulate = beta != 0 || from > 0;
      if (transB) packTransposed(b + 4 * (column * ldb + from), ldb, columns, deep);
      else packColumns(b + 4 * (from * ldb + column), ldb, columns, deep);
      for (let row = 0; row < m; row += group) {
        const rows = min(m - row, group);
        let at = a + 4 * (row * lda + from);
        let stride = 4 * lda;
        if (transA) {
          transpose(a + 4 * (from * lda + row), lda, deep, rows, packedA, depth);
          at = packedA;
          stride = 4 * depth;
        }
        for (let quad = 0; quad < rows; quad += 4) {
          const to = c + 4 * ((row + quad) * ldc + column);
          multiplyPanels(at + quad * stride, stride, min(rows - quad, 4), columns, deep, to, 4 * ldc, accumulate);
        }
      }
    }
  }
}

/** Panels [deep, 8] of b [deep, columns], zeros beyond its columns. */
function packColumns(b: usize, ldb: i32, columns: i32, deep: i32): void {
  let to = packedB;
  for (let column = 0; column < columns; column += 8) {
    const rest = columns - column;
    let from = b + 4 * column;
    for (let k = 0; k < deep; k++) {
      if (rest >= 8) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        v128.store(to, loadLanes(from, min(rest, 4)));
        v128.store(to, rest > 4 ? loadLanes(from + 16, rest - 4) : f32x4.splat(0), 16);
      }
      from += 4 * ldb;
      to += 32;
    }
  }
}

/** Panels [deep, 8] of bᵀ, b [columns, deep]. */
function packTransposed(b: usize, ldb: i32, columns: i32, deep: i32): void {
  for (let column = 0; column < columns; column += 8) {
    const to = packedB + 4 * deep * column;
    if (columns - column < 8) memory.fill(to, 0, 32 * deep);
    transpose(b + 4 * column * ldb, ldb, min(columns - column, 8), deep, to, 8);
  }
}

/** `rows` (up to 4) rows of c (+)= a [rows, deep] times the packed panels; strides are in bytes. */
function multiplyPanels(
  a: usize,
  strideA: usize,
  rows: i32,
  columns: i32,
  deep: i32,
  c: usize,
  strideC: usize,
  accumulate: bool,
): void {
  const toRow1 = rows > 1 ? strideA : 0;
  const toRow2 = rows > 2 ? 2 * strideA : toRow1;
  const toRow3 = rows > 3 ? 3 * strideA : toRow2;
  let b = packedB;
  for (let column = 0; column < columns; column += 8) {
    let s00 = f32x4.splat(0);
    let s01 = f32x4.splat(0);
    let s10 = f32x4.splat(0);
    let s11 = f32x4.splat(0);
    let s20 = f32x4.splat(0);
    let s21 = f32x4.splat(0);
    let s30 = f32x4.splat(0);
    let s31 = f32x4.splat(0);
    let a0 = a;
    let a1 = a + toRow1;
    let a2 = a + toRow2;
    let a3 = a + toRow3;
    for (const end = b + 32 * deep; b < end; b += 32) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let ak = splat(a0);
      s00 = f32x4.add(s00, f32x4.mul(ak, b0));
      s01 = f32x4.add(s01, f32x4.mul(ak, b1));
      ak = splat(a1);
      s10 = f32x4.add(s10, f32x4.mul(ak, b0));
      s11 = f32x4.add(s11, f32x4.mul(ak, b1));
      ak = splat(a2);
      s20 = f32x4.add(s20, f32x4.mul(ak, b0));
      s21 = f32x4.add(s21, f32x4.mul(ak, b1));
      ak = splat(a3);
      s30 = f32x4.add(s30, f32x4.mul(ak, b0));
      s31 = f32x4.add(s31, f32x4.mul(ak, b1));
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    const whole = rows == 4 && columns - column >= 8;
    let to = whole ? c + 4 * column : tile;
    const stride = whole ? strideC : 32;
    const add = whole && accumulate;
    writeRow(to, s00, s01, add);
    writeRow((to += stride), s10, s11, add);
    writeRow((to += stride), s20, s21, add);
    writeRow((to += stride), s30, s31, add);
    if (!whole) writeEdge(c + 4 * column, strideC, rows, min(columns - column, 8), accumulate);
  }
}

@inline
function writeRow(to: usize, left: v128, right: v128, add: bool): void {
  v128.store(to, add ? f32x4.add(v128.load(to), left) : left);
  v128.store(to, add ? f32x4.add(v128.load(to, 16), right) : right, 16);
}

function writeEdge(c: usize, strideC: usize, rows: i32, columns: i32, accumulate: bool): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const to = c + row * strideC + 4 * column;
      const value = load<f32>(tile + 32 * row + 4 * column);
      store<f32>(to, accumulate ? load<f32>(to) + value : value);
    }
  }
}
