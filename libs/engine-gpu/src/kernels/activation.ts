// Activations as statements that return, and as kernels of their own.

import type { Activation } from '@rondo/rnn-core';
import { type Emit, emitMatrix, here, type Matrix } from '../emit.ts';
import { declareSigmoid, declareTanh } from './elementwise.ts';

/** Statements that return the activation of `x`. */
export const activate: Record<Activation, string> = {
  tanh: `${declareTanh('y', 'x')} return y;`,
  relu: 'return Math.max(x, 0);',
  sigmoid: `${declareSigmoid('y', 'x')} return y;`,
};

/** Statements that return dy · d activation / d its input, from the activation's value y. */
export const slope: Record<Activation, string> = {
  tanh: 'return dy * (1 - y * y);',
  relu: 'if (y > 0) return dy; return 0;',
  sigmoid: 'return dy * y * (1 - y);',
};

/** y [N, C] = activation of x */
export function activation(emit: Emit, kind: Activation, x: Matrix): Matrix {
  return emitMatrix(emit, { input: x.handle }, x.rows, x.columns, `const x = input${here}; ${activate[kind]}`);
}

/** dx [N, C] = dy · slope, from the activation's value y */
export function activationGradient(emit: Emit, kind: Activation, y: Matrix, dy: Matrix): Matrix {
  const body = `const y = values${here}; const dy = given${here}; ${slope[kind]}`;
  return emitMatrix(emit, { values: y.handle, given: dy.handle }, y.rows, y.columns, body);
}
