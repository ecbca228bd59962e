// Lowers a program, operation by operation, to steps over one arena.

import { elements, type Operation, type OperationKind, type Program, portType } from '@rondo/rnn-core';
import { isPlain } from '../matrix.ts';
import type { Step } from '../steps.ts';
import { crossEntropy, crossEntropyGradient } from './cross-entropy.ts';
import { combine, dropoutMask, fill } from './elementwise.ts';
import { embedding, embeddingGradient } from './embedding.ts';
import { concat, pad, slice } from './features.ts';
import { linear, matmul, sumRows } from './linear.ts';
import { Lowering } from './lowering.ts';
import { recurrent, recurrentGradient } from './recurrent.ts';

const lowerings: { readonly [K in OperationKind]: (lowering: Lowering, operation: Operation<K>) => void } = {
  embedding,
  embeddingGradient,
  linear,
  matmul,
  sumRows,
  add: combine,
  multiply: combine,
  concat,
  slice,
  pad,
  fill,
  dropoutMask,
  recurrent,
  recurrentGradient,
  crossEntropy,
  crossEntropyGradient,
};

/** Where a port's elements lie, one after the other. */
export interface Place {
  readonly name: string;
  readonly at: number;
  readonly length: number;
}

export interface Lowered {
  readonly steps: readonly Step[];
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Of the whole arena, what is reserved included. */
  readonly bytes: number;
}

/** @param reserved bytes at the arena's start that belong to the kernels. */
export function lower(program: Program, reserved: number): Lowered {
  const lowering = new Lowering(program, reserved);
  const inputs = program.inputs.map((port): Place => {
    const { shape, type } = portType(program, port);
    const length = elements(shape);
    if (type === 'float32') return { name: port.name, at: lowering.result(port.tensor, 'rows').at, length };
    const at = lowering.take(4 * length);
    lowering.setIntegers(port.tensor, at);
    return { name: port.name, at, length };
  });
  for (const operation of program.operations) {
    const one = lowerings[operation.kind] as (lowering: Lowering, operation: Operation) => void;
    one(lowering, operation);
  }
  const outputs = program.outputs.map((port): Place => {
    const length = elements(portType(program, port).shape);
    const matrix = lowering.matrix(port.tensor);
    if (isPlain(matrix)) return { name: port.name, at: matrix.at, length };
    const plain = lowering.allocate('rows', matrix.rows, matrix.features);
    lowering.copy(matrix, plain);
    return { name: port.name, at: plain.at, length };
  });
  return { steps: lowering.steps, inputs, outputs, bytes: lowering.bytes };
}
