// How a recurrent layer's input meets W_ih, forward and backward: one matrix product over all steps, or, where the input
// is an embedding of few symbols, one over the symbols: W_ih x(ids) = (W_ih tableᵀ)(ids).
// Letters: N = T·B rows, V symbols, I input, G gates, H hidden.

import type { TensorId } from '@rondo/rnn-core';
import type { Matrix } from '../matrix.ts';
import type { Lowering } from './lowering.ts';

export interface LayerInput {
  /** Emits gates [N, G·H] = x weightIhᵀ. */
  forward(gates: Matrix): void;
  /** Emits, for the results that something reads, dWeightIh = gatesᵀ x and dx = gates weightIh. */
  backward(gates: Matrix, dWeightIh: TensorId, dx: TensorId): void;
}

export function layerInput(lowering: Lowering, x: TensorId, weightIh: Matrix): LayerInput {
  const source = lowering.gathered.get(x);
  // Three products of N rows become three of V rows, and two passes over N · G·H elements.
  const few = source !== undefined && 2 * source.table.rows <= lowering.sizes(x).rows;
  return few ? bySymbols(lowering, source, weightIh) : bySteps(lowering, x, weightIh);
}

function bySteps(lowering: Lowering, x: TensorId, weightIh: Matrix): LayerInput {
  return {
    forward(gates) {
      lowering.product(lowering.as('features', x), false, weightIh, true, gates);
    },
    backward(gates, dWeightIh, dx) {
      if (lowering.needs(dx)) lowering.product(gates, false, weightIh, false, lowering.result(dx, 'features'));
      if (!lowering.needs(dWeightIh)) return;
      lowering.product(gates, true, lowering.as('features', x), false, lowering.result(dWeightIh, 'rows'));
    },
  };
}

/** The rows `ids` of `table` [V, I]. */
export interface Gathered {
  readonly table: Matrix;
  readonly ids: number;
}

function bySymbols(lowering: Lowering, { table, ids }: Gathered, weightIh: Matrix): LayerInput {
  const bySymbol = () => lowering.allocate('rows', table.rows, weightIh.rows);
  return {
    forward(gates) {
      const sums = bySymbol(); // [V, G·H]
      lowering.product(table, false, weightIh, true, sums);
      lowering.emit('other', ({ kernels }) =>
        kernels.embedding(sums.at, gates.features, ids, gates.rows, gates.at, gates.ld),
      );
    },
    backward(gates, dWeightIh, dx) {
      const derivatives = bySymbol(); // [V, G·H]
      lowering.fill(derivatives, 0);
      lowering.emit('other', ({ kernels }) =>
        kernels.embeddingGradient(ids, gates.rows, gates.at, gates.ld, gates.features, derivatives.at),
      );
      if (lowering.needs(dWeightIh)) {
        lowering.product(derivatives, true, table, false, lowering.result(dWeightIh, 'rows'));
      }
      if (!lowering.needs(dx)) return;
      lowering.scattered.set(dx, {
        ids,
        into: (dTable) => lowering.product(derivatives, false, weightIh, false, dTable),
      });
      lowering.later(dx, () => lowering.product(gates, false, weightIh, false, lowering.result(dx, 'features')));
    },
  };
}
