// Lowers a program, operation by operation, to steps over one arena.

import { elements, type Operation, type OperationKind, type Program, portType, type TensorId } from '@rondo/rnn-core';
import type { Stage } from '../steps.ts';
import { activation, activationGradient } from './activation.ts';
import { attention, attentionGradient } from './attention.ts';
import { crf, crfGradient } from './crf.ts';
import { crossEntropy, crossEntropyGradient } from './cross-entropy.ts';
import { combine, dropoutMask, fill } from './elementwise.ts';
import { embedding, embeddingGradient } from './embedding.ts';
import { concat, pad, slice } from './features.ts';
import { layerNorm, layerNormGradient } from './layer-norm.ts';
import { linear, matmul, sumRows } from './linear.ts';
import { Lowering } from './lowering.ts';
import { pool, poolGradient } from './pool.ts';
import { recurrent, recurrentGradient } from './recurrent.ts';
import { regressionLoss, regressionLossGradient } from './regression-loss.ts';
import { reshape } from './reshape.ts';

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
  reshape,
  activation,
  activationGradient,
  layerNorm,
  layerNormGradient,
  dropoutMask,
  recurrent,
  recurrentGradient,
  attention,
  attentionGradient,
  pool,
  poolGradient,
  crossEntropy,
  crossEntropyGradient,
  regressionLoss,
  regressionLossGradient,
  crf,
  crfGradient,
};

/** Where an input's elements lie, one after the other. */
export interface Place {
  readonly name: string;
  readonly at: number;
}

export interface Lowered {
  readonly stages: readonly Stage[];
  readonly inputs: readonly Place[];
  /** Of the whole arena, what is reserved included. */
  readonly bytes: number;
}

/** @param reserved bytes at the arena's start that belong to the kernels. */
export function lower(program: Program, reserved: number): Lowered {
  const lowering = new Lowering(program, reserved);
  const inputs = program.inputs.map((port): Place => {
    const { shape, type } = portType(program, port);
    if (type === 'float32') return { name: port.name, at: lowering.result(port.tensor, 'rows').at };
    const at = lowering.take(4 * elements(shape));
    lowering.setIntegers(port.tensor, at);
    return { name: port.name, at };
  });
  for (const { tensor } of program.inputs) lowering.final(tensor);
  for (const operation of program.operations) {
    const one = lowerings[operation.kind] as (lowering: Lowering, operation: Operation) => void;
    one(lowering, operation);
    for (const tensor of Object.values<TensorId | undefined>(operation.outputs)) {
      if (tensor !== undefined) lowering.final(tensor);
    }
  }
  return { stages: lowering.stages, inputs, bytes: lowering.bytes };
}
