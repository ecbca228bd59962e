// Moving elements: joining and cutting features, joining rows. A kernel cannot write into a part of a buffer.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';

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
  // Half a feature more keeps the quotient clear of the integers, where a GPU's division may fall on either side.
  const gate = `Math.floor((this.thread.x + 0.5) / ${H})`;
  const element = (part: string, row: string) => `${part}[gate][${row}][this.thread.x - gate * ${H}]`;
  const matrices = parts.map((handle) => ({ handle, rows: B, columns: G * H }));
  return joinRows(emit, matrices, G * H, element, `const gate = ${gate};`);
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
