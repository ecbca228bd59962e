// The GRU: gates r, z, n; h' = (1 - z) n + z h.
// Reset after: n = tanh(W_in x + b_in + r q), q = W_hn h + b_hn. Reset before: n = tanh(W_in x + b_in + W_hn q + b_hn), q = r h.

import type { Reset } from '@rondo/rnn-core';
import { here } from '../emit.ts';
import { declareSigmoid, declareTanh } from '../kernels/elementwise.ts';
import {
  type BackwardStep,
  type CellLowering,
  type ForwardStep,
  gateSum,
  type Layer,
  type StepGradient,
  stateGradient,
  stateSums,
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

/** Statements that return the logistic gate of this thread's z. */
const logisticGate = (hidden: number) =>
  `${declareSigmoid('value', `(${gateSum(hidden, 'this.thread.z')})`)} return value;`;

const after = {
  /** gates: r, z and q, [3, B, H] */
  candidate(layer: Layer, { h, fromInput, row, biasHh }: ForwardStep) {
    const { emit, batch, hidden } = layer;
    const sums = stateSums(layer, biasHh, h, 0, 3);
    const body = `if (this.thread.z === 2) return sums[2]${here}; ${logisticGate(hidden)}`;
    const gates = emit({ fromInput, row, sums }, [hidden, batch, 3], body);
    const sum = `fromInput[row + this.thread.y][this.thread.x + ${2 * hidden}] + ${r} * ${q}`;
    const n = emit({ gates, fromInput, row }, [hidden, batch], `${declareTanh('n', `(${sum})`)} return n;`);
    return { gates, n, resetState: undefined };
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
    const fromGates = stateGradient(layer, dHh, 0, 3);
    const dhBefore = emit({ dh, gates, fromGates }, [hidden, batch], `return dh${here} * ${z} + fromGates${here};`);
    return { dIh, dHh, dhBefore, dcBefore: undefined };
  },
};

const before = {
  /** gates: r and z, [2, B, H] */
  candidate(layer: Layer, { h, fromInput, row, biasHh }: ForwardStep) {
    const { emit, batch, hidden } = layer;
    const operands = { fromInput, row };
    const gateSums = stateSums(layer, biasHh, h, 0, 2);
    const gates = emit({ ...operands, sums: gateSums }, [hidden, batch, 2], logisticGate(hidden));
    const resetState = emit({ gates, h }, [hidden, batch], `return ${r} * h${here};`);
    const sums = stateSums(layer, biasHh, resetState, 2, 1);
    const body = `${declareTanh('n', `(${gateSum(hidden, '2', 2)})`)} return n;`;
    return { gates, n: emit({ ...operands, sums }, [hidden, batch], body), resetState };
  },

  backward(layer: Layer, { saved, before, dh }: BackwardStep): StepGradient {
    const { emit, batch, hidden } = layer;
    const { gates, candidate: n } = saved as { gates: typeof dh; candidate: typeof dh };
    const dn = emit({ dh, gates, n }, [hidden, batch, 1], `return ${dCandidate};`);
    const dReset = stateGradient(layer, dn, 2, 1);
    const dGates = emit(
      { dh, gates, n, h: before.h, dn, dReset },
      [hidden, batch, 3],
      `
      if (this.thread.z === 2) return dn[0]${here};
      const value = gates[this.thread.z]${here};
      if (this.thread.z === 0) return dReset${here} * h${here} * ${sigmoidSlope};
      return ${dUpdate};
      `,
    );
    const fromGates = stateGradient(layer, dGates, 0, 2);
    const body = `return dh${here} * ${z} + dReset${here} * ${r} + fromGates${here};`;
    const dhBefore = emit({ dh, gates, dReset, fromGates }, [hidden, batch], body);
    return { dIh: dGates, dHh: dGates, dhBefore, dcBefore: undefined };
  },
};
