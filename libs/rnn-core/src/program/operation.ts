// The operations a program is made of: their named operands, results and options, as plain data.

import type { Mask } from '../random.ts';
import type { Activation, Cell } from './cell.ts';
import type { Shape, TensorId } from './tensor.ts';

interface Recurrent {
  readonly cell: Cell;
  /** Run from the last time step to the first (within each sequence's length). */
  readonly reverse: boolean;
}

interface Attention {
  readonly score: 'dot' | 'additive';
}

interface Pool {
  readonly over: 'mean' | 'max';
}

interface Smoothing {
  /** The share of every target that is spread over all classes alike (Szegedy et al. 2016), in [0, 1). */
  readonly smoothing: number;
}

interface Regression {
  readonly kind: 'squared' | 'absolute' | 'huber';
  /** Where Huber's loss turns from a parabola into a line, above 0; the other kinds do not read it. */
  readonly delta: number;
}

interface None {
  readonly [key: string]: never;
}

/**
 * Name → operands (`maybe`: may be absent), results (`extra`: only some options have them), options.
 * Shapes, formulas and derivatives: `operations/<name>.ts`.
 */
export interface Signatures {
  embedding: { in: 'table' | 'ids'; maybe: never; out: 'y'; extra: never; options: None };
  embeddingGradient: {
    in: 'ids' | 'dy';
    maybe: never;
    out: 'dTable';
    extra: never;
    options: { readonly rows: number };
  };
  linear: { in: 'x' | 'weight'; maybe: 'bias'; out: 'y'; extra: never; options: None };
  matmul: {
    in: 'a' | 'b';
    maybe: never;
    out: 'y';
    extra: never;
    options: { readonly transposeA: boolean; readonly transposeB: boolean };
  };
  sumRows: { in: 'x'; maybe: never; out: 'y'; extra: never; options: None };
  add: { in: 'a' | 'b'; maybe: never; out: 'y'; extra: never; options: None };
  multiply: { in: 'a' | 'b'; maybe: never; out: 'y'; extra: never; options: None };
  concat: { in: 'a' | 'b'; maybe: never; out: 'y'; extra: never; options: None };
  slice: { in: 'x'; maybe: never; out: 'y'; extra: never; options: { readonly start: number; readonly size: number } };
  pad: { in: 'x'; maybe: never; out: 'y'; extra: never; options: { readonly start: number; readonly size: number } };
  fill: { in: never; maybe: never; out: 'y'; extra: never; options: { readonly shape: Shape; readonly value: number } };
  reshape: { in: 'x'; maybe: never; out: 'y'; extra: never; options: { readonly shape: Shape } };
  activation: { in: 'x'; maybe: never; out: 'y'; extra: never; options: { readonly function: Activation } };
  activationGradient: {
    in: 'y' | 'dy';
    maybe: never;
    out: 'dx';
    extra: never;
    options: { readonly function: Activation };
  };
  layerNorm: {
    in: 'x' | 'gain' | 'bias';
    maybe: never;
    out: 'y';
    extra: never;
    options: { readonly epsilon: number };
  };
  layerNormGradient: {
    in: 'x' | 'gain' | 'dy';
    maybe: never;
    out: 'dx' | 'dGain' | 'dBias';
    extra: never;
    options: { readonly epsilon: number };
  };
  dropoutMask: {
    in: 'step' | 'shard';
    maybe: never;
    out: 'mask';
    extra: never;
    options: Mask;
  };
  recurrent: {
    in: 'x' | 'weightIh' | 'weightHh' | 'biasIh' | 'biasHh' | 'h0';
    maybe: 'c0' | 'lengths' | 'weightHr';
    out: 'y' | 'hN';
    extra: 'cN' | 'saved';
    options: Recurrent;
  };
  recurrentGradient: {
    in: 'x' | 'weightIh' | 'weightHh' | 'h0' | 'y' | 'dy';
    maybe: 'c0' | 'lengths' | 'weightHr' | 'saved' | 'dhN' | 'dcN';
    out: 'dx' | 'dWeightIh' | 'dWeightHh' | 'dBiasIh' | 'dBiasHh' | 'dh0';
    extra: 'dc0' | 'dWeightHr';
    options: Recurrent;
  };
  attention: {
    in: 'query' | 'keys' | 'values';
    maybe: 'lengths' | 'vector';
    out: 'y' | 'weights';
    extra: never;
    options: Attention;
  };
  attentionGradient: {
    in: 'query' | 'keys' | 'values' | 'weights' | 'dy';
    maybe: 'vector';
    out: 'dQuery' | 'dKeys' | 'dValues';
    extra: 'dVector';
    options: Attention;
  };
  pool: { in: 'x'; maybe: 'lengths'; out: 'y'; extra: never; options: Pool };
  poolGradient: { in: 'x' | 'y' | 'dy'; maybe: 'lengths'; out: 'dx'; extra: never; options: Pool };
  crossEntropy: {
    in: 'logits' | 'targets';
    maybe: 'classWeights';
    out: 'lossSum' | 'weight';
    extra: never;
    options: Smoothing;
  };
  crossEntropyGradient: {
    in: 'logits' | 'targets' | 'dLossSum';
    maybe: 'classWeights';
    out: 'dLogits';
    extra: never;
    options: Smoothing;
  };
  regressionLoss: {
    in: 'y' | 'targets' | 'weights';
    maybe: never;
    out: 'lossSum' | 'weight';
    extra: never;
    options: Regression;
  };
  regressionLossGradient: {
    in: 'y' | 'targets' | 'weights' | 'dLossSum';
    maybe: never;
    out: 'dY';
    extra: never;
    options: Regression;
  };
  crf: {
    in: 'emissions' | 'transitions' | 'start' | 'end' | 'targets' | 'lengths';
    maybe: never;
    out: 'lossSum' | 'weight';
    extra: never;
    options: None;
  };
  crfGradient: {
    in: 'emissions' | 'transitions' | 'start' | 'end' | 'targets' | 'lengths' | 'dLossSum';
    maybe: never;
    out: 'dEmissions' | 'dTransitions' | 'dStart' | 'dEnd';
    extra: never;
    options: None;
  };
}

export type OperationKind = keyof Signatures;

/** Operands by name; `T` is a tensor while tracing, an id in a program. */
export type Operands<K extends OperationKind, T> = { readonly [N in Signatures[K]['in']]: T } & {
  readonly [N in Signatures[K]['maybe']]?: T | undefined;
};
/** Results by name: `cN`, `saved`, `dc0` and `dWeightHr` only where the cell has them, `dVector` where the score does. */
export type Results<K extends OperationKind, T> = { readonly [N in Signatures[K]['out']]: T } & {
  readonly [N in Signatures[K]['extra']]?: T | undefined;
};

/** One operation of a program. */
export type Operation<K extends OperationKind = OperationKind> = {
  [P in K]: {
    readonly kind: P;
    readonly inputs: Operands<P, TensorId>;
    readonly outputs: Results<P, TensorId>;
    readonly options: Signatures[P]['options'];
  };
}[K];
