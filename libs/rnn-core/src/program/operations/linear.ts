// The affine layer y = x Wᵀ + b and the matrix operations that its derivative is made of.

import { type Definition, expect } from '../definition.ts';
import { asMatrix } from '../tensor.ts';

/** x [..., I], weight [O, I], bias [O] or absent → y [..., O] */
export const linear: Definition<'linear'> = {
  results({ x, weight, bias }) {
    const [rows, columns] = weight.shape;
    expect(weight.shape.length === 2, 'linear', 'the weight has two axes');
    expect(x.shape.at(-1) === columns, 'linear', `x has ${x.shape.at(-1)} features, the weight ${columns}`);
    expect(bias === undefined || bias.shape[0] === rows, 'linear', `bias and weight differ in size`);
    return { y: { shape: [...x.shape.slice(0, -1), rows as number], type: 'float32' } };
  },
  derivative(trace, { inputs: { x, weight, bias }, cotangents }) {
    const dy = cotangents.y;
    if (dy === undefined) return {};
    return {
      x: trace.apply('matmul', { a: dy, b: weight }, { transposeA: false, transposeB: false }).y,
      weight: trace.apply('matmul', { a: dy, b: x }, { transposeA: true, transposeB: false }).y,
      ...(bias && { bias: trace.apply('sumRows', { x: dy }, {}).y }),
    };
  },
};

/**
 * Matrix product of a and b, each read as a matrix (all axes but the last are rows), transposed on demand.
 * a [..., M or K], b [K, N]… → y. Without transposeA the result keeps a's outer axes.
 */
export const matmul: Definition<'matmul'> = {
  results({ a, b }, { transposeA, transposeB }) {
    const left = asMatrix(a.shape);
    const right = asMatrix(b.shape);
    const inner = transposeA ? left.rows : left.columns;
    const innerB = transposeB ? right.columns : right.rows;
    expect(inner === innerB, 'matmul', `inner sizes differ: ${inner} and ${innerB}`);
    const columns = transposeB ? right.rows : right.columns;
    const outer = transposeA ? [left.columns] : a.shape.slice(0, -1);
    return { y: { shape: [...outer, columns], type: 'float32' } };
  },
  derivative(trace, { inputs: { a, b }, options: { transposeA, transposeB }, cotangents }) {
    const dy = cotangents.y;
    if (dy === undefined) return {};
    expect(!transposeA, 'matmul', 'derived only where a is not transposed');
    return {
      a: trace.apply('matmul', { a: dy, b }, { transposeA: false, transposeB: !transposeB }).y,
      b: transposeB
        ? trace.apply('matmul', { a: dy, b: a }, { transposeA: true, transposeB: false }).y
        : trace.apply('matmul', { a, b: dy }, { transposeA: true, transposeB: false }).y,
    };
  },
};

/** x [..., N] → y [N]: the sum over all axes but the last */
export const sumRows: Definition<'sumRows'> = {
  results({ x }) {
    return { y: { shape: [x.shape.at(-1) as number], type: 'float32' } };
  },
};
