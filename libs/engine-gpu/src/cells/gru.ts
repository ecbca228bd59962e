// The GRU: gates r, z, n; h' = (1 - z) n + z h.
// Reset after: n = tanh(W_in x + b_in + r q), q = W_hn h + b_hn. Reset before: n = tanh(W_in x + b_in + W_hn q + b_hn), q = r h.

import type { Reset } from '@rondo/rnn-core';
import { here } from '../emit.ts';
import { declareSigmoid, declareTanh } from '../kernels/elementwise.ts';
import {
  addStateProduct,
  type BackwardStep,
  type CellLowering,
  declareGateSum,
  type ForwardStep,
  type Layer,
  type StepGradient,
  stateGradient,
} from './cell.ts';

const [r, z, q] = [0, 1, 2].map((gate) => `gates[${gate}]${here}`);
const sigmoidSlope = 'value * (1 - value)';
/** d loss / d the candidate's sum and the update gate's, whatever the reset. */
const dCandidate = `dh${here} * (1 - ${z}) * (1 - n${here} * n${here})`;
const dUpdate = `dh${here} * (h${here} - n${here}) * ${sigmoidSlope}`;

export function gru(reset: Reset): CellLowering {
  const { candidate, backward } = reset === 'after' ? after : before;
  return {
    forward(layer, step) {
      const { emit, batch, hidden } = layer;
      const { gates, n, resetState } = candidate(layer, step);
      const body = `return (1 - ${z}) * n${here} + ${z} * h${here};`;
      const h = emit({ gates, n, h: step.h }, [hidden, batch], body);
      return { state: { h, c: undefined }, saved: { gates, candidate: n, ...(resetState && { resetState }) } };
    },
    backward,
  };
}

/** r, z [2, B, H], and q [B, H] as a third gate with reset after. */
const after = {
  candidate({ emit, batch, hidden, weightHh }: Layer, { h, fromInput, row, biasHh }: ForwardStep) {
    const gates = emit(
      { h, fromInput, row, weightHh, biasHh },
      [hidden, batch, 3],
      `
      let sum = biasHh[0][this.thread.z * ${hidden} + this.thread.x];
      if (this.thread.z < 2) sum += fromInput[row + this.thread.y][this.thread.z * ${hidden} + this.thread.x];
      ${addStateProduct(hidden, 'h', 'this.thread.z')}
      if (this.thread.z === 2) return sum;
      ${declareSigmoid('value', 'sum')}
      return value;
      `,
    );
    const sum = `fromInput[row + this.thread.y][${2 * hidden} + this.thread.x] + ${r} * ${q}`;
    const body = `const sum = ${sum}; ${declareTanh('value', 'sum')} return value;`;
    return { gates, n: emit({ gates, fromInput, row }, [hidden, batch], body), resetState: undefined };
  },

  backward(layer: Layer, { saved, before, dh }: BackwardStep): StepGradient {
    const { emit, batch, hidden } = layer;
    const { gates, candidate: n } = saved as { gates: typeof dh; candidate: typeof dh };
    const dIh = emit(
      { dh, gates, n, h: before.h },
      [hidden, batch, 3],
      `
      const dn = ${dCandidate};
      if (this.thread.z === 2) return dn;
      const value = gates[this.thread.z]${here};
      if (this.thread.z === 0) return dn * ${q} * ${sigmoidSlope};
      return ${dUpdate};
      `,
    );
    const dHh = emit(
      { dIh, gates },
      [hidden, batch, 3],
      `
      const d = dIh[this.thread.z]${here};
      if (this.thread.z === 2) return d * ${r};
      return d;
      `,
    );
    const fromGates = stateGradient(layer, dHh, 3);
    const dhBefore = emit({ dh, gates, fromGates }, [hidden, batch], `return dh${here} * ${z} + fromGates${here};`);
    return { dIh, dHh, dhBefore, dcBefore: undefined };
  },
};

const before = {
  candidate({ emit, batch, hidden, weightHh }: Layer, { h, fromInput, row, biasHh }: ForwardStep) {
    const gates = emit(
      { h, fromInput, row, weightHh, biasHh },
      [hidden, batch, 2],
      `${declareGateSum(hidden, 'h', 'this.thread.z')} ${declareSigmoid('value', 'sum')} return value;`,
    );
    const resetState = emit({ gates, h }, [hidden, batch], `return ${r} * h${here};`);
    const n = emit(
      { resetState, fromInput, row, weightHh, biasHh },
      [hidden, batch],
      `${declareGateSum(hidden, 'resetState', 2)} ${declareTanh('value', 'sum')} return value;`,
    );
    return { gates, n, resetState };
  },

  backward(layer: Layer, { saved, before, dh }: BackwardStep): StepGradient {
    const { emit, batch, hidden, weightHh } = layer;
    const { gates, candidate: n } = saved as { gates: typeof dh; candidate: typeof dh };
    const dn = emit({ dh, gates, n }, [hidden, batch], `return ${dCandidate};`);
    const dReset = emit(
      { dn, weightHh },
      [hidden, batch],
      `
      let sum = 0;
      for (let k = 0; k < ${hidden}; k++) sum += dn[this.thread.y][k] * weightHh[${2 * hidden} + k][this.thread.x];
      return sum;
      `,
    );
    const dGates = emit(
      { dh, gates, n, h: before.h, dn, dReset },
      [hidden, batch, 3],
      `
      if (this.thread.z === 2) return dn${here};
      const value = gates[this.thread.z]${here};
      if (this.thread.z === 0) return dReset${here} * h${here} * ${sigmoidSlope};
      return ${dUpdate};
      `,
    );
    const fromGates = stateGradient(layer, dGates, 2);
    const body = `return dh${here} * ${z} + dReset${here} * ${r} + fromGates${here};`;
    const dhBefore = emit({ dh, gates, dReset, fromGates }, [hidden, batch], body);
    return { dIh: dGates, dHh: dGates, dhBefore, dcBefore: undefined };
  },
};
