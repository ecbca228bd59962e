// The GRU's steps in both published forms.

import { featureRange, rowRange } from '../matrix.ts';
import { biasSum } from './bias.ts';
import type { CellSteps, Layer } from './recurrent.ts';

/** The reset gate applied after the product: n = tanh(W_in x + b_in + r · (W_hn h + b_hn)) (cuDNN, PyTorch). */
export function gruAfter(layer: Layer): CellSteps {
  const { lowering, batch, hidden, lengths, weightHh, h } = layer;
  const [biasIh, biasHh] = [layer.biasIh.at, layer.biasHh.at];
  const fromState = layer.columns(3 * hidden); // W_hh h, its candidate rows with their bias; backwards the derivatives
  return {
    dHh: fromState,
    forward(t) {
      const [gates, q] = [layer.at(layer.gates, t), layer.at(fromState, t)];
      const [h0, h1] = [layer.at(h.before, t), layer.at(h.after, t)];
      lowering.product(h0, false, weightHh, true, q);
      const operands = [gates.at, gates.ld, q.at, q.ld, biasIh, biasHh, h0.at, h0.ld, h1.at, h1.ld] as const;
      lowering.emit('gates', ({ kernels }) => kernels.gruAfterForward(hidden, batch, ...operands, lengths, t));
    },
    backward(t, dy, dh, last) {
      const [gates, q, h0] = [layer.at(layer.gates, t), layer.at(fromState, t), layer.at(h.before, t)];
      const operands = [gates.at, gates.ld, q.at, q.ld, h0.at, h0.ld, dy.at, dy.ld, dh.at, dh.ld] as const;
      lowering.emit('gates', ({ kernels }) => kernels.gruAfterBackward(hidden, batch, ...operands, lengths, t));
      // dh holds the direct way, z · dh.
      if (!last) lowering.product(q, false, layer.weightHhAcross(), false, dh, 1);
    },
  };
}

/** The reset gate applied before the product: n = tanh(W_in x + b_in + W_hn (r · h) + b_hn) (Cho et al. 2014). */
export function gruBefore(layer: Layer): CellSteps {
  const { lowering, batch, hidden, lengths, h } = layer;
  const bias = biasSum(layer);
  const gateWeights = rowRange(layer.weightHh, 0, 2 * hidden); // of r and z
  const candidateWeights = rowRange(layer.weightHh, 2 * hidden, hidden); // of n
  const reset = layer.columns(hidden); // r · h
  const dReset = lowering.allocate('features', batch, hidden);
  const gatesAt = (t: number) => {
    const gates = layer.at(layer.gates, t);
    return { gates, both: featureRange(gates, 0, 2 * hidden), candidate: featureRange(gates, 2 * hidden, hidden) };
  };
  return {
    resetStates: { from: 2, matrix: reset },
    forward(t) {
      const { gates, both, candidate } = gatesAt(t);
      const [h0, h1, rh] = [layer.at(h.before, t), layer.at(h.after, t), layer.at(reset, t)];
      const operands = [gates.at, gates.ld, bias, h0.at, h0.ld] as const;
      lowering.product(h0, false, gateWeights, true, both, 1);
      lowering.emit('gates', ({ kernels }) => kernels.gruBeforeGatesForward(hidden, batch, ...operands, rh.at, rh.ld));
      lowering.product(rh, false, candidateWeights, true, candidate, 1);
      lowering.emit('gates', ({ kernels }) =>
        kernels.gruBeforeOutputForward(hidden, batch, ...operands, h1.at, h1.ld, lengths, t),
      );
    },
    backward(t, dy, dh, last) {
      const { gates, both, candidate } = gatesAt(t);
      const h0 = layer.at(h.before, t);
      const operands = [gates.at, gates.ld, h0.at, h0.ld] as const;
      lowering.emit('gates', ({ kernels }) =>
        kernels.gruBeforeOutputBackward(hidden, batch, ...operands, dy.at, dy.ld, dh.at, dh.ld, lengths, t),
      );
      lowering.product(candidate, false, rowRange(layer.weightHhAcross(), 2 * hidden, hidden), false, dReset);
      lowering.emit('gates', ({ kernels }) =>
        kernels.gruBeforeGatesBackward(hidden, batch, ...operands, dReset.at, dReset.ld, dh.at, dh.ld),
      );
      // dh holds the direct ways, z · dh and r · dReset.
      if (!last) lowering.product(both, false, rowRange(layer.weightHhAcross(), 0, 2 * hidden), false, dh, 1);
    },
  };
}
