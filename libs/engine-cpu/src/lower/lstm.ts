// The LSTM's steps.

import type { Matrix } from '../matrix.ts';
import { biasSum } from './bias.ts';
import { projection } from './projection.ts';
import type { CellSteps, Layer } from './recurrent.ts';

export function lstm(layer: Layer, initial: Matrix): CellSteps {
  const { lowering, batch, hidden, lengths, weightHh, h } = layer;
  const bias = biasSum(layer);
  const c = layer.blocks(layer.time + 1); // in the order of travel
  const tanhC = layer.blocks(layer.time);
  const projected = layer.weightHr && projection(layer, layer.weightHr);
  lowering.copy(initial, c[0]);
  const dc = lowering.allocate('features', batch, hidden);
  return {
    cN: c[layer.time],
    dc,
    projected,
    /** gates += W_hh h; i, f, g, o; c = f c0 + i g; h = o tanh c, or its projection */
    forward(t) {
      const gates = layer.at(layer.gates, t);
      const hBefore = layer.at(h.before, t);
      const [h0, h1] = projected?.outputs(t) ?? [hBefore, layer.at(h.after, t)];
      const [c0, c1, tanh] = [c[layer.position(t)], c[layer.position(t) + 1], tanhC[t]];
      lowering.product(hBefore, false, weightHh, true, gates, 1);
      const operands = [gates.at, gates.ld, bias, c0.at, c0.ld, h0.at, h0.ld] as const;
      const results = [c1.at, c1.ld, tanh.at, tanh.ld, h1.at, h1.ld] as const;
      lowering.emit('gates', ({ kernels }) => kernels.lstmForward(hidden, batch, ...operands, ...results, lengths, t));
      projected?.forward(t);
    },
    backward(t, dy, dh, last) {
      const gates = layer.at(layer.gates, t);
      const [c0, tanh] = [c[layer.position(t)], tanhC[t]];
      const operands = [gates.at, gates.ld, c0.at, c0.ld, tanh.at, tanh.ld] as const;
      const [dOutput, dLater] = projected?.backward(t, dy, dh) ?? [dy, dh];
      const cotangents = [dOutput.at, dOutput.ld, dLater.at, dLater.ld, dc.at, dc.ld] as const;
      lowering.emit('gates', ({ kernels }) =>
        kernels.lstmBackward(hidden, batch, ...operands, ...cotangents, lengths, t),
      );
      // Past a length dh goes on as it is and the gates' derivatives are 0: added, they leave it so.
      if (!last) lowering.product(gates, false, layer.weightHhAcross(), false, dh, lengths === 0 ? 0 : 1);
    },
  };
}
