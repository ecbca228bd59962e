// The recurrent layer over a whole sequence, one direction, and its derivative (`cell.ts` has the cells' equations).

import { gateCount, savedCount } from '../cell.ts';
import { type Definition, expect, expectShape } from '../definition.ts';
import type { Shape, TensorType } from '../tensor.ts';

const float = (...shape: number[]): TensorType => ({ shape, type: 'float32' });

/**
 * x [T, B, I], weightIh [G·H, I], weightHh [G·H, P], biasIh and biasHh [G·H], h0 [B, P], c0 [B, H] (lstm),
 * weightHr [P, H] or absent, lengths int32 [B] or absent → y [T, B, P], hN [B, P], cN [B, H] (lstm), saved [T, B, S·H].
 *
 * P is H, except in an LSTM whose states are projected, h = W_hr (o * tanh(c)) (Sak, Senior and Beaufays 2014).
 * Past a sequence's length the state stands still and y is zero; hN is the state after the last valid step
 * in the direction of travel. `reverse` travels from the last valid step to the first.
 */
export const recurrent: Definition<'recurrent'> = {
  results({ x, weightIh, weightHh, biasIh, biasHh, h0, c0, lengths, weightHr }, { cell }) {
    expect(x.shape.length === 3, 'recurrent', 'x is [T, B, I]');
    const [time, batch, input] = x.shape as [number, number, number];
    const state = h0.shape[1] as number;
    const hidden = (weightHr ?? h0).shape[1] as number;
    const rows = gateCount(cell) * hidden;
    const fits = (name: string, tensor: TensorType | undefined, shape: Shape) =>
      expectShape('recurrent', name, tensor, shape);
    fits('weightIh', weightIh, [rows, input]);
    fits('weightHh', weightHh, [rows, state]);
    fits('biasIh', biasIh, [rows]);
    fits('biasHh', biasHh, [rows]);
    fits('h0', h0, [batch, state]);
    if (cell.kind === 'lstm') fits('c0', c0, [batch, hidden]);
    else expect(c0 === undefined, 'recurrent', `c0 is an LSTM's, not a ${cell.kind}'s`);
    if (weightHr !== undefined) {
      fits('weightHr', weightHr, [state, hidden]);
      expect(cell.kind === 'lstm', 'recurrent', `a ${cell.kind} has no projection`);
    }
    if (lengths !== undefined) fits('lengths', lengths, [batch]);
    const saved = savedCount(cell) * hidden;
    return {
      y: float(time, batch, state),
      hN: float(batch, state),
      ...(cell.kind === 'lstm' && { cN: float(batch, hidden) }),
      ...(saved > 0 && { saved: float(time, batch, saved) }),
    };
  },
  derivative(trace, { inputs, outputs, options, cotangents }) {
    const { x, weightIh, weightHh, h0, c0, lengths, weightHr } = inputs;
    const { y, saved } = outputs;
    const dy = cotangents.y ?? trace.apply('fill', {}, { shape: y.shape, value: 0 }).y;
    const gradient = trace.apply(
      'recurrentGradient',
      { x, weightIh, weightHh, h0, c0, lengths, weightHr, y, saved, dy, dhN: cotangents.hN, dcN: cotangents.cN },
      options,
    );
    return {
      x: gradient.dx,
      weightIh: gradient.dWeightIh,
      weightHh: gradient.dWeightHh,
      biasIh: gradient.dBiasIh,
      biasHh: gradient.dBiasHh,
      h0: gradient.dh0,
      ...(gradient.dc0 && { c0: gradient.dc0 }),
      ...(gradient.dWeightHr && { weightHr: gradient.dWeightHr }),
    };
  },
};

/** Back-propagation through time (Werbos 1990): operands and results of `recurrent` with the cotangents of its results. */
export const recurrentGradient: Definition<'recurrentGradient'> = {
  results({ x, weightIh, weightHh, h0, c0, weightHr }) {
    const rows = weightIh.shape[0] as number;
    return {
      dx: float(...x.shape),
      dWeightIh: float(...weightIh.shape),
      dWeightHh: float(...weightHh.shape),
      dBiasIh: float(rows),
      dBiasHh: float(rows),
      dh0: float(...h0.shape),
      ...(c0 && { dc0: float(...c0.shape) }),
      ...(weightHr && { dWeightHr: float(...weightHr.shape) }),
    };
  },
};
