// Elementwise sums and products, constants, and the gates' activations.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';

/** y [N, C] = a + b or a * b */
export function combine(emit: Emit, a: Matrix, b: Matrix, operator: '+' | '*'): Matrix {
  return emitMatrix(emit, { a: a.handle, b: b.handle }, a.rows, a.columns, `return a${here} ${operator} b${here};`);
}

/** y [N, C], every element `value` */
export function fill(emit: Emit, rows: number, columns: number, value: number): Matrix {
  return emitMatrix(emit, {}, rows, columns, `return ${value};`);
}

/** y [B, H] = a + b: the same for bare handles */
export const addHandles = (emit: Emit, a: Handle, b: Handle, rows: number, columns: number): Handle =>
  combine(emit, { handle: a, rows, columns }, { handle: b, rows, columns }, '+').handle;

/**
 * Statements that declare `name` = tanh(x), within 2 units in the last place of float32 near 0 and 1.3e-7 everywhere: Lambert's continued
 * fraction (1768) of tanh(x / 2), cut after 13, doubled. Unlike Math.tanh it stays in SIMD registers on WebAssembly, which
 * calls JavaScript for every lane of a transcendental function, and is made of the same few roundings on every device.
 */
export function declareTanh(name: string, x: string): string {
  const [half, square] = [`${name}Half`, `${name}Square`];
  return `
    const ${half} = 0.5 * Math.max(-10.0, Math.min(10.0, ${x}));
    const ${square} = ${half} * ${half};
    const ${name}Up = ${half} * (((${square} + 378.0) * ${square} + 17325.0) * ${square} + 135135.0);
    const ${name}Down = ((28.0 * ${square} + 3150.0) * ${square} + 62370.0) * ${square} + 135135.0;
    const ${name}Ratio = ${name}Up / ${name}Down;
    const ${name} = 2.0 * ${name}Ratio / (1.0 + ${name}Ratio * ${name}Ratio);
  `;
}

/** Statements that declare `name` = 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2. */
export function declareSigmoid(name: string, x: string): string {
  return `${declareTanh(`${name}Tanh`, `0.5 * ${x}`)} const ${name} = 0.5 + 0.5 * ${name}Tanh;`;
}
