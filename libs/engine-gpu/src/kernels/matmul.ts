// Matrix products. Letters: M and N rows and columns of the result, K inner size.

import { type Emit, emitMatrix, type Matrix } from '../emit.ts';

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** [1, N], added to every row. */
  readonly bias?: Matrix | undefined;
}

/** y [M, N] = op(a) op(b) + bias, op transposing on demand; every element is summed in order of k */
export function matmul(emit: Emit, a: Matrix, b: Matrix, { transposeA, transposeB, bias }: MatmulOptions): Matrix {
  const [M, K] = transposeA ? [a.columns, a.rows] : [a.rows, a.columns];
  const N = transposeB ? b.rows : b.columns;
  const left = transposeA ? 'a[k][this.thread.y]' : 'a[this.thread.y][k]';
  const right = transposeB ? 'b[this.thread.x][k]' : 'b[k][this.thread.x]';
  return emitMatrix(
    emit,
    { a: a.handle, b: b.handle, ...(bias && { bias: bias.handle }) },
    M,
    N,
    `
    let sum = ${bias ? 'bias[0][this.thread.x]' : '0'};
    for (let k = 0; k < ${K}; k++) sum += ${left} * ${right};
    return sum;
    `,
  );
}
