// Moving elements: other shapes, joining and cutting features, joining rows. A kernel cannot write into a part of a buffer.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';

/**
 * Statements that declare the whole quotient and the rest of two whole numbers. Half of one more keeps the quotient clear of
 * the integers, where a GPU's division may fall on either side.
 */
export function declareQuotient(quotient: string, rest: string, of: string, by: number): string {
  return `
    const ${quotient} = Math.floor((${of} + 0.5) / ${by});
    const ${rest} = ${of} - ${quotient} * ${by};
    `;
}

/**
 * y [·, columns] with the elements of x in the same order: by way of rows that both are made of, so that no number is
 * larger than a row or a column.
 */
export function reshape(emit: Emit, x: Matrix, columns: number): Matrix {
  if (x.columns === columns) return x;
  const size = greatestDivisor(x.columns, columns);
  return joinColumns(emit, splitColumns(emit, x, size), columns);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** x [N, C] → y [N · C / size, size] */
function splitColumns(emit: Emit, x: Matrix, size: number): Matrix {
  const parts = x.columns / size;
  if (parts === 1) return x;
  const body = `
    ${declareQuotient('row', 'part', 'this.thread.y', parts)}
    return x[row][part * ${size} + this.thread.x];
    `;
  return emitMatrix(emit, { x: x.handle }, x.rows * parts, size, body);
}

/** x [N, C] → y [N · C / columns, columns] */
function joinColumns(emit: Emit, x: Matrix, columns: number): Matrix {
  const parts = columns / x.columns;
  if (parts === 1) return x;
  const body = `
    ${declareQuotient('part', 'column', 'this.thread.x', x.columns)}
    return x[this.thread.y * ${parts} + part][column];
    `;
  return emitMatrix(emit, { x: x.handle }, x.rows / parts, columns, body);
}

/** y [N, A + B]: rows of a [N, A] followed by rows of b [N, B] */
export function concatFeatures(emit: Emit, a: Matrix, b: Matrix): Matrix {
  const body = `
    if (this.thread.x < ${a.columns}) return a${here};
    return b[this.thread.y][this.thread.x - ${a.columns}];
    `;
  return emitMatrix(emit, { a: a.handle, b: b.handle }, a.rows, a.columns + b.columns, body);
}

/** y [N, size] = x[:, start : start + size] */
export function sliceFeatures(emit: Emit, x: Matrix, start: number, size: number): Matrix {
  return emitMatrix(emit, { x: x.handle }, x.rows, size, `return x[this.thread.y][this.thread.x + ${start}];`);
}

/** y [N, size]: x at start, zeros around it */
export function padFeatures(emit: Emit, x: Matrix, start: number, size: number): Matrix {
  const body = `
    if (this.thread.x < ${start}) return 0;
    if (this.thread.x >= ${start + x.columns}) return 0;
    return x[this.thread.y][this.thread.x - ${start}];
    `;
  return emitMatrix(emit, { x: x.handle }, x.rows, size, body);
}

/** A kernel reads at most this many buffers and writes one: WebGPU grants eight a shader without asking for more. */
const fanIn = 7;

/** parts, each [N, C], the last with other rows if need be → y [sum of rows, C] */
export function concatRows(emit: Emit, parts: readonly Matrix[]): Matrix {
  return joinRows(emit, parts, parts[0].columns, (part, row) => `${part}[${row}][this.thread.x]`);
}

/** parts, each [G, B, H] → y [parts · B, G · H]: gates, one step each, become one row-major matrix */
export function concatGates(emit: Emit, parts: readonly Handle[], G: number, B: number, H: number): Matrix {
  const element = (part: string, row: string) => `${part}[gate][${row}][feature]`;
  const matrices = parts.map((handle) => ({ handle, rows: B, columns: G * H }));
  return joinRows(emit, matrices, G * H, element, declareQuotient('gate', 'feature', 'this.thread.x', H));
}

/** A tree of joins; all parts but the last have the same number of rows. */
function joinRows(
  emit: Emit,
  parts: readonly Matrix[],
  columns: number,
  element: (part: string, row: string) => string,
  before = '',
): Matrix {
  const joined: Matrix[] = [];
  for (let at = 0; at < parts.length; at += fanIn) {
    const group = parts.slice(at, at + fanIn);
    const operands = Object.fromEntries(group.map(({ handle }, i) => [`part${i}`, handle]));
    const size = group[0].rows;
    const choose = group.map((_, i) => {
      const read = `return ${element(`part${i}`, `this.thread.y - ${i * size}`)};`;
      return i === group.length - 1 ? read : `if (this.thread.y < ${(i + 1) * size}) ${read}`;
    });
    const rows = group.reduce((sum, part) => sum + part.rows, 0);
    joined.push(emitMatrix(emit, operands, rows, columns, `${before} ${choose.join('\n')}`));
  }
  if (joined.length === 1) return joined[0];
  return concatRows(emit, joined);
}
