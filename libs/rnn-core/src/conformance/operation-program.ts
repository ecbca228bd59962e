// A conformance case's program: one operation, with its derivative where it has one.

import { derivative } from '../program/derivative.ts';
import type { Program } from '../program/program.ts';
import type { Tensor, TensorData } from '../program/tensor.ts';
import type { Trace } from '../program/trace.ts';

/** Its result y, a cotangent dy, and `d x` for every operand x; and the range (`to` excluded) of inputs that have their own. */
export interface OperationProgram {
  readonly name: string;
  readonly program: Program;
  readonly below: Readonly<Record<string, { from: number; to: number }>>;
  /** Puts in what no range says. */
  readonly prepare?: (inputs: Record<string, TensorData>) => void;
}

/** Differentiates y by the named tensors against a random cotangent and puts everything out. */
export function withDerivative(trace: Trace, y: Tensor, wanted: Record<string, Tensor>): void {
  trace.output('result', 'y', y);
  const dy = trace.input('batch', 'dy', y.shape);
  const gradients = derivative(trace, [{ of: y, is: dy }], Object.values(wanted));
  Object.keys(wanted).forEach((name, i) => {
    trace.output('result', `d ${name}`, gradients[i]);
  });
}
