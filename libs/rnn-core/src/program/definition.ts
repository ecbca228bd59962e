// What each operation states about itself: the types of its results and its derivative in terms of operations.

import type { Operands, OperationKind, Results, Signatures } from './operation.ts';
import { type Shape, sameShape, type Tensor, type TensorType } from './tensor.ts';
import type { Trace } from './trace.ts';

export interface DerivativeOf<K extends OperationKind> {
  readonly inputs: Operands<K, Tensor>;
  readonly outputs: Results<K, Tensor>;
  readonly options: Signatures[K]['options'];
  /** d loss / d result, for the results that the loss depends on. */
  readonly cotangents: Partial<Results<K, Tensor>>;
}

export interface Definition<K extends OperationKind> {
  /** Types of the results. Throws an Error that names the operation and the operand whose shape does not fit. */
  results(inputs: Operands<K, TensorType>, options: Signatures[K]['options']): Results<K, TensorType>;
  /**
   * Records the operations that compute d loss / d operand; an operand left out has no derivative.
   * Absent on operations that only appear in derivatives: Rondo derives once.
   */
  derivative?(trace: Trace, of: DerivativeOf<K>): Partial<Record<Signatures[K]['in'] | Signatures[K]['maybe'], Tensor>>;
}

export function expect(condition: boolean, operation: string, what: string): asserts condition {
  if (!condition) throw new Error(`${operation}: ${what}`);
}

export function expectShape(operation: string, name: string, tensor: TensorType | undefined, shape: Shape): void {
  const fits = tensor !== undefined && sameShape(tensor.shape, shape);
  expect(fits, operation, `${name} is [${tensor?.shape}], expected [${shape}]`);
}
