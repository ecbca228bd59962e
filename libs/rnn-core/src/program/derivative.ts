// The derivative of a program: walks a trace backwards and appends each operation's own derivative.

import type { Definition, DerivativeOf } from './definition.ts';
import { definitions } from './definitions.ts';
import type { OperationKind } from './operation.ts';
import type { Tensor, TensorId } from './tensor.ts';
import { type Trace, values } from './trace.ts';

export interface Cotangent {
  readonly of: Tensor;
  /** d loss / d `of`, same shape. */
  readonly is: Tensor;
}

/**
 * Records the vector-Jacobian product (reverse-mode differentiation, Linnainmaa 1970).
 *
 * @param seeds cotangents of some tensors of the trace.
 * @param wanted the tensors to differentiate by.
 * @returns d loss / d wanted, in the order of `wanted`; zeros where the loss does not depend on it.
 * @throws Error when an operation on the way has no derivative.
 */
export function derivative(trace: Trace, seeds: readonly Cotangent[], wanted: readonly Tensor[]): Tensor[] {
  const forward = [...trace.recorded];
  const active = new Set<TensorId>(wanted.map((tensor) => tensor.id));
  for (const operation of forward) {
    if (!values(operation.inputs).some((tensor) => active.has(tensor.id))) continue;
    for (const tensor of values(operation.outputs)) active.add(tensor.id);
  }

  const cotangents = new Map<TensorId, Tensor>();
  const accumulate = (of: Tensor, is: Tensor) => {
    const before = cotangents.get(of.id);
    cotangents.set(of.id, before === undefined ? is : trace.apply('add', { a: before, b: is }, {}).y);
  };
  for (const seed of seeds) accumulate(seed.of, seed.is);

  for (const operation of forward.toReversed()) {
    const known: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(operation.outputs)) {
      const cotangent = tensor && cotangents.get(tensor.id);
      if (cotangent !== undefined) known[name] = cotangent;
    }
    if (Object.keys(known).length === 0) continue;
    if (!values(operation.inputs).some((tensor) => active.has(tensor.id))) continue;
    const definition = definitions[operation.kind] as unknown as Definition<OperationKind>;
    if (definition.derivative === undefined) throw new Error(`${operation.kind} has no derivative`);
    const of = { ...operation, cotangents: known } as unknown as DerivativeOf<OperationKind>;
    const gradients = definition.derivative(trace, of) as Record<string, Tensor | undefined>;
    for (const [name, operand] of Object.entries(operation.inputs)) {
      const gradient = gradients[name];
      if (operand !== undefined && gradient !== undefined && active.has(operand.id)) accumulate(operand, gradient);
    }
  }
  return wanted.map(
    (tensor) => cotangents.get(tensor.id) ?? trace.apply('fill', {}, { shape: tensor.shape, value: 0 }).y,
  );
}
