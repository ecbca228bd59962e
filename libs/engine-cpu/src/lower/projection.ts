// The projection of an LSTM's states, h = W_hr m with m = o tanh c (Sak, Senior and Beaufays 2014): what lies between the cell's
// kernels, which see m in place of h, and the layer's states. Letters: T time, B batch, H hidden, P state.

import type { Matrix } from '../matrix.ts';
import type { Layer } from './recurrent.ts';

export interface Projection {
  /** [B, H] what the cell writes in step t, and what it takes over past a length. */
  outputs(t: number): readonly [before: Matrix, after: Matrix];
  /** Emits h(t) of the output. */
  forward(t: number): void;
  /** Emits what dy and dh say of the output, and dh's direct way. @returns both as the cell's kernel reads them, [B, H]. */
  backward(t: number, dy: Matrix, dh: Matrix): readonly [dy: Matrix, dh: Matrix];
  /** [T·B, H] and [T·B, P] of all steps, for the gradient of W_hr. */
  readonly all: Matrix;
  readonly dStates: Matrix;
}

export function projection(layer: Layer, weightHr: Matrix): Projection {
  const { lowering, batch, hidden, lengths, h } = layer;
  const state = weightHr.rows;
  const all = layer.columns(hidden);
  const dStates = layer.columns(state);
  const dOutput = lowering.allocate('features', batch, hidden);
  const zero = lowering.allocate('features', batch, hidden);
  lowering.fill(zero, 0);
  return {
    all,
    dStates,
    outputs: (t) => [zero, layer.at(all, t)],
    forward(t) {
      const [h0, h1] = [layer.at(h.before, t), layer.at(h.after, t)];
      lowering.product(layer.at(all, t), false, weightHr, true, h1);
      if (lengths === 0) return;
      lowering.emit('gates', ({ kernels }) =>
        kernels.projectionForward(state, batch, h0.at, h0.ld, h1.at, h1.ld, lengths, t),
      );
    },
    backward(t, dy, dh) {
      const dState = layer.at(dStates, t);
      const cotangents = [dy.at, dy.ld, dh.at, dh.ld, dState.at, dState.ld] as const;
      lowering.emit('gates', ({ kernels }) => kernels.projectionBackward(state, batch, ...cotangents, lengths, t));
      lowering.product(dState, false, weightHr, false, dOutput);
      return [dOutput, zero];
    },
  };
}
