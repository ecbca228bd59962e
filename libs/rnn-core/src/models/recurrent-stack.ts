// Recurrent layers on top of each other, in one direction or both, named as PyTorch names them.

import type { Cell } from '../program/cell.ts';
import type { Tensor } from '../program/tensor.ts';
import type { Trace } from '../program/trace.ts';
import type { ModelTrace } from './model.ts';

export interface RecurrentStack {
  readonly cell: Cell;
  readonly layers: number;
  readonly hidden: number;
  readonly bidirectional: boolean;
  /** Size P of an LSTM's states h where they are projected (`weight_hr_l0` …); absent: the hidden size. */
  readonly projection?: number | undefined;
  /** Share of the weights between states that every training step leaves out (Merity et al. 2018); absent: none. */
  readonly recurrentDropout?: number | undefined;
  /** `layer`: every layer's output is normalized (Ba et al. 2016), with weights `norm_l0.weight` and `norm_l0.bias` …. */
  readonly normalization?: 'none' | 'layer' | undefined;
  /** Every layer's input is added to its output, where both have the same width (He et al. 2016). */
  readonly residual?: boolean | undefined;
  /**
   * First values: PyTorch's `uniform`; `glorot` for all matrices of the gates; `orthogonal` for those between states. Absent:
   * uniform.
   */
  readonly initializer?: 'uniform' | 'orthogonal' | 'glorot' | undefined;
  /** First value of both biases' sum in an LSTM's forget gate (Jozefowicz et al. 2015); absent: drawn. */
  readonly forgetBias?: number | undefined;
}

export interface StackInputs {
  readonly x: Tensor; // [T, B, I]
  /** The parameter of PyTorch's name, e.g. `weight_hh_l1_reverse`. */
  weight(name: string): Tensor;
  /** The initial state of a name from `stateNames`: [B, H], where h is projected [B, P]. */
  state(name: string): Tensor;
  /** Valid steps of every sequence, int32 [B]; absent: all T. */
  readonly lengths?: Tensor | undefined;
  /** Applied to a layer's output before the next layer reads it (dropout). */
  between?(y: Tensor): Tensor;
}

type Layers = Pick<RecurrentStack, 'layers' | 'bidirectional'>;

/** Every layer and direction in PyTorch's order: suffixes `l0`, `l0_reverse`, `l1`, … */
export function stackLayers({ layers, bidirectional }: Layers): { suffix: string; isFirst: boolean }[] {
  const directions = bidirectional ? ['', '_reverse'] : [''];
  return Array.from({ length: layers }, (_, layer) =>
    directions.map((way) => ({ suffix: `l${layer}${way}`, isFirst: layer === 0 })),
  ).flat();
}

/** `h_l0`, `c_l0`, …: c for LSTMs alone. */
export function stateNames(stack: Layers & Pick<RecurrentStack, 'cell'>): string[] {
  const kinds = stack.cell.kind === 'lstm' ? ['h', 'c'] : ['h'];
  return stackLayers(stack).flatMap(({ suffix }) => kinds.map((kind) => `${kind}_${suffix}`));
}

/** Features of a state of a name from `stateNames`; without one, of h, which a layer puts out in each direction. */
export function stateWidth({ hidden, projection }: Pick<RecurrentStack, 'hidden' | 'projection'>, name = 'h'): number {
  return name.startsWith('h') ? (projection ?? hidden) : hidden;
}

/**
 * @returns y [T, B, H] (2H if bidirectional) of the last layer, and the final states by name, each [B, H]; P instead of H
 *   where h is projected. Past a sequence's length y has no meaning; where nothing is normalized or added it is 0.
 */
export function applyRecurrentStack(
  trace: Trace,
  stack: Layers & Pick<RecurrentStack, 'cell' | 'projection' | 'normalization' | 'residual'>,
  { x, weight, state, lengths, between = (y) => y }: StackInputs,
): { y: Tensor; final: Map<string, Tensor> } {
  const final = new Map<string, Tensor>();
  const direction = (input: Tensor, suffix: string) => {
    const { y, hN, cN } = trace.apply(
      'recurrent',
      {
        x: input,
        weightIh: weight(`weight_ih_${suffix}`),
        weightHh: weight(`weight_hh_${suffix}`),
        biasIh: weight(`bias_ih_${suffix}`),
        biasHh: weight(`bias_hh_${suffix}`),
        h0: state(`h_${suffix}`),
        c0: stack.cell.kind === 'lstm' ? state(`c_${suffix}`) : undefined,
        lengths,
        weightHr: stack.projection === undefined ? undefined : weight(`weight_hr_${suffix}`),
      },
      { cell: stack.cell, reverse: suffix.endsWith('_reverse') },
    );
    final.set(`h_${suffix}`, hN);
    if (cN) final.set(`c_${suffix}`, cN);
    return y;
  };
  let y = x;
  for (let layer = 0; layer < stack.layers; layer++) {
    const below = y;
    const input = layer === 0 ? x : between(y);
    y = direction(input, `l${layer}`);
    if (stack.bidirectional) {
      y = trace.apply('concat', { a: y, b: direction(input, `l${layer}_reverse`) }, {}).y;
    }
    y = normalized(trace, stack, layer, y, weight);
    // What is added is not dropped: it goes on to the next layer in full.
    if (stack.residual && below.shape[2] === y.shape[2]) y = trace.apply('add', { a: y, b: below }, {}).y;
  }
  return { y, final };
}

/** A layer's output [..., F] with mean 0 and variance 1 over its features, scaled and moved; itself in a stack without. */
export function normalized(
  trace: Trace,
  { normalization }: Pick<RecurrentStack, 'normalization'>,
  layer: number,
  x: Tensor,
  weight: StackInputs['weight'],
): Tensor {
  if (normalization !== 'layer') return x;
  const [gain, bias] = [weight(`norm_l${layer}.weight`), weight(`norm_l${layer}.bias`)];
  return trace.apply('layerNorm', { x, gain, bias }, { epsilon: 1e-5 }).y;
}

export interface ReadSequences {
  /** Of the last layer, [T, B, features]. */
  readonly y: Tensor;
  readonly final: ReadonlyMap<string, Tensor>;
}

/** The stack `rnn` from a state of zeros; a continuation's from the state before, and the new one is put out. */
export function readSequences(
  trace: ModelTrace,
  stack: RecurrentStack,
  x: Tensor,
  lengths: Tensor,
  between: (y: Tensor) => Tensor,
): ReadSequences {
  const batch = lengths.shape[0];
  const continues = trace.purpose.kind === 'continuation';
  const read = applyRecurrentStack(trace, stack, {
    x,
    lengths,
    weight: (name) => trace.weight(`rnn.${name}`),
    state: (name) => {
      const width = stateWidth(stack, name);
      return continues ? trace.input('state', name, [batch, width]) : trace.zeros(batch, width);
    },
    between,
  });
  if (continues) for (const [name, tensor] of read.final) trace.output('state', name, tensor);
  return read;
}
