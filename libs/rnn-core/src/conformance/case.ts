// A conformance case: something an engine must do, as data, so that any test runner or the doctor can run it.

import { collectOutputs, type Engine } from '../engine.ts';
import type { Program } from '../program/program.ts';
import type { TensorData, Tensors } from '../program/tensor.ts';

export interface Case {
  readonly name: string;
  /** @throws Error that says what differs, where and by how much. */
  run(engine: Engine): Promise<void>;
}

/** Compiles, runs once and disposes. */
export async function runOnce(engine: Engine, program: Program, inputs: Tensors): Promise<Tensors> {
  const plan = await engine.compile(program);
  try {
    return await collectOutputs(plan, inputs);
  } finally {
    plan.dispose();
  }
}

type Numbers = TensorData | Float64Array | readonly number[];

/**
 * Every element of `actual` within `tolerance` of `expected`, relative to the largest magnitude in `expected`.
 * @throws Error with the worst element.
 */
export function expectClose(what: string, actual: Numbers | undefined, expected: Numbers, tolerance: number): void {
  if (actual === undefined) throw new Error(`${what}: missing`);
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} elements, expected ${expected.length}`);
  }
  let largest = 0;
  for (const value of expected) largest = Math.max(largest, Math.abs(value));
  const scale = largest === 0 ? 1 : largest;
  let worst = -1;
  let worstError = tolerance;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / scale;
    if (!(error <= worstError)) {
      worst = i;
      worstError = error;
    }
  }
  if (worst >= 0) {
    throw new Error(
      `${what}[${worst}] is ${actual[worst]}, expected ${expected[worst]}: off by ${worstError} of ${scale}`,
    );
  }
}
