// Matrix products. Letters: M and N rows and columns of the result, K inner size.

import { type Emit, emitMatrix, type Matrix } from '../emit.ts';

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean | undefined;
  /** [1, N], added to every row. */
  readonly bias?: Matrix | undefined;
}

/**
 * Statements that add term(k) to `sum` for every k < K, in a fixed order: where K allows, four terms a turn, a quarter of
 * the range apart, since the loop's own work costs WebAssembly an eighth of its speed.
 */
export function addTerms(K: number, term: (k: string) => string): string {
  const parts = K % 4 === 0 ? 4 : 1;
  const terms = Array.from({ length: parts }, (_, part) => `sum += ${term(`k + ${(part * K) / parts}`)};`);
  return `for (let k = 0; k < ${K / parts}; k++) { ${terms.join(' ')} }`;
}

/**
 * y [M, N] = op(a) op(b) + bias, op transposing on demand; no element depends on its neighbours.
 * a is brought into rows along k first: reading its columns costs WebAssembly a third of its speed in cache misses.
 */
export function matmul(emit: Emit, a: Matrix, b: Matrix, { transposeA, transposeB, bias }: MatmulOptions): Matrix {
  if (transposeA) return matmul(emit, transpose(emit, a), b, { transposeB, bias });
  const N = transposeB ? b.rows : b.columns;
  const right = (k: string) => (transposeB ? `b[this.thread.x][${k}]` : `b[${k}][this.thread.x]`);
  return emitMatrix(
    emit,
    { a: a.handle, b: b.handle, ...(bias && { bias: bias.handle }) },
    a.rows,
    N,
    `
    let sum = ${bias ? 'bias[0][this.thread.x]' : '0'};
    ${addTerms(a.columns, (k) => `a[this.thread.y][${k}] * ${right(k)}`)}
    return sum;
    `,
  );
}

/** y [N, M] = xᵀ, x [M, N] */
function transpose(emit: Emit, x: Matrix): Matrix {
  return emitMatrix(emit, { x: x.handle }, x.columns, x.rows, 'return x[this.thread.x][this.thread.y];');
}
