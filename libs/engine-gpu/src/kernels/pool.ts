// Pooling over time. Letters: T time, B batch, F features; row t · B + b of x [T·B, F] is step t of sequence b.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';
import { declareQuotient } from './layout.ts';

/** A sequence's number of steps: of the thread's own sequence `b`, or all of them. */
const steps = (lengths: Handle | undefined, b: string, T: number) => (lengths ? `lengths[0][${b}]` : `${T}`);
const maybe = (lengths: Handle | undefined) => (lengths ? { lengths } : {});

/** y [B, F] = mean over the steps within each sequence's length, 0 where there are none */
export function poolMean(emit: Emit, x: Matrix, lengths: Handle | undefined, B: number): Matrix {
  const T = x.rows / B;
  const body = `
    const length = ${steps(lengths, 'this.thread.y', T)};
    let sum = 0;
    for (let t = 0; t < ${T}; t++) {
      if (t < length) sum += x[t * ${B} + this.thread.y][this.thread.x];
    }
    return sum / Math.max(length, 1);
    `;
  return emitMatrix(emit, { x: x.handle, ...maybe(lengths) }, B, x.columns, body);
}

/** dx [T·B, F] = dy / length, 0 past it */
export function poolMeanGradient(emit: Emit, dy: Matrix, lengths: Handle | undefined, T: number): Matrix {
  const B = dy.rows;
  const body = `
    ${declareQuotient('t', 'b', 'this.thread.y', B)}
    const length = ${steps(lengths, 'b', T)};
    if (t < length) return dy[b][this.thread.x] / length;
    return 0;
    `;
  return emitMatrix(emit, { dy: dy.handle, ...maybe(lengths) }, T * B, dy.columns, body);
}

/** The first step that has the largest value, [B, F]; -1 where there are no steps. */
export function firstLargest(emit: Emit, x: Matrix, lengths: Handle | undefined, B: number): Handle {
  const T = x.rows / B;
  const body = `
    const length = ${steps(lengths, 'this.thread.y', T)};
    let largest = x${here};
    let first = 0;
    for (let t = 1; t < ${T}; t++) {
      const value = x[t * ${B} + this.thread.y][this.thread.x];
      if (t < length) {
        if (value > largest) { largest = value; first = t; }
      }
    }
    if (length < 1) return -1;
    return first;
    `;
  return emit({ x: x.handle, ...maybe(lengths) }, [x.columns, B], body);
}

/** y [B, F] = x at the step `first`, 0 where that is -1 */
export function poolMax(emit: Emit, x: Matrix, first: Handle, B: number): Matrix {
  const body = `
    const t = first${here};
    const value = x[Math.max(t, 0) * ${B} + this.thread.y][this.thread.x];
    if (t < 0) return 0;
    return value;
    `;
  return emitMatrix(emit, { x: x.handle, first }, B, x.columns, body);
}

/** dx [T·B, F] = dy at the step `first`, else 0 */
export function poolMaxGradient(emit: Emit, dy: Matrix, first: Handle, T: number): Matrix {
  const body = `
    ${declareQuotient('t', 'b', 'this.thread.y', dy.rows)}
    if (first[b][this.thread.x] === t) return dy[b][this.thread.x];
    return 0;
    `;
  return emitMatrix(emit, { dy: dy.handle, first }, T * dy.rows, dy.columns, body);
}
