// Recurrent layers on top of each other, in one direction or both, named as PyTorch names them.

import type { Cell } from '../program/cell.ts';
import type { Tensor } from '../program/tensor.ts';
import type { Trace } from '../program/trace.ts';

export interface RecurrentStack {
  readonly cell: Cell;
  readonly layers: number;
  readonly hidden: number;
  readonly bidirectional: boolean;
  /** Size P of an LSTM's states h where they are projected (`weight_hr_l0` …); absent: the hidden size. */
  readonly projection?: number | undefined;
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

/**
 * @returns y [T, B, H] (2H if bidirectional) of the last layer, and the final states by name, each [B, H]; P instead of H
 *   where h is projected.
 */
export function applyRecurrentStack(
  trace: Trace,
  stack: Layers & Pick<RecurrentStack, 'cell' | 'projection'>,
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
    const input = layer === 0 ? x : between(y);
    y = direction(input, `l${layer}`);
    if (stack.bidirectional) {
      y = trace.apply('concat', { a: y, b: direction(input, `l${layer}_reverse`) }, {}).y;
    }
  }
  return { y, final };
}
