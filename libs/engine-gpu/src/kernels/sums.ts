// Sums over many elements, in two stages: short chains of additions round less and run side by side.

import { type Emit, emitMatrix, type Handle, type Matrix } from '../emit.ts';

/** x [N, C] → y [1, C]: the sum over the rows */
export function sumRows(emit: Emit, x: Matrix): Matrix {
  const chunk = Math.ceil(Math.sqrt(x.rows));
  const partial = rowsInChunks(emit, x, chunk);
  return rowsInChunks(emit, partial, partial.rows);
}

/** x [N, C] → y [⌈N / chunk⌉, C]: the sums of `chunk` rows each */
function rowsInChunks(emit: Emit, x: Matrix, chunk: number): Matrix {
  const chunks = Math.ceil(x.rows / chunk);
  const whole = chunks * chunk === x.rows;
  const body = `
    let sum = 0;
    for (let i = 0; i < ${chunk}; i++) {
      ${whole ? '' : `if (this.thread.y * ${chunk} + i < ${x.rows})`} {
        sum += x[this.thread.y * ${chunk} + i][this.thread.x];
      }
    }
    return sum;
    `;
  return emitMatrix(emit, { x: x.handle }, chunks, x.columns, body);
}

/** x [1, N] → y [1, 1]: the sum of all */
export function sumAll(emit: Emit, x: Handle, N: number): Matrix {
  const chunk = Math.ceil(Math.sqrt(N));
  const chunks = Math.ceil(N / chunk);
  const partial = emit(
    { x },
    [chunks],
    `
    let sum = 0;
    for (let i = 0; i < ${chunk}; i++) {
      if (this.thread.x * ${chunk} + i < ${N}) {
        sum += x[0][this.thread.x * ${chunk} + i];
      }
    }
    return sum;
    `,
  );
  const body = `
    let sum = 0;
    for (let i = 0; i < ${chunks}; i++) sum += partial[i];
    return sum;
    `;
  return emitMatrix(emit, { partial }, 1, 1, body);
}
