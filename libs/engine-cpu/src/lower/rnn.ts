// The simple recurrent cell's steps (Elman 1990).

import type { Activation } from '@rondo/rnn-core';
import { activationCodes } from './activation.ts';
import { biasSum } from './bias.ts';
import type { CellSteps, Layer } from './recurrent.ts';

export function rnn(layer: Layer, activation: Activation): CellSteps {
  const { lowering, batch, hidden, lengths, weightHh, h } = layer;
  const bias = biasSum(layer);
  const kind = activationCodes[activation];
  return {
    /** h = act(gates + W_hh h) */
    forward(t) {
      const [gates, h0, h1] = [layer.at(layer.gates, t), layer.at(h.before, t), layer.at(h.after, t)];
      lowering.product(h0, false, weightHh, true, gates, 1);
      const operands = [gates.at, gates.ld, bias, h0.at, h0.ld, h1.at, h1.ld] as const;
      lowering.emit('gates', ({ kernels }) => kernels.rnnForward(hidden, batch, kind, ...operands, lengths, t));
    },
    backward(t, dy, dh, last) {
      const [gates, h1] = [layer.at(layer.gates, t), layer.at(h.after, t)];
      const operands = [gates.at, gates.ld, h1.at, h1.ld, dy.at, dy.ld, dh.at, dh.ld] as const;
      lowering.emit('gates', ({ kernels }) => kernels.rnnBackward(hidden, batch, kind, ...operands, lengths, t));
      if (!last) lowering.product(gates, false, layer.weightHhAcross(), false, dh, lengths === 0 ? 0 : 1);
    },
  };
}
