// The LSTM: gates i, f, g, o; c' = f c + i g; h' = o tanh(c'), or W_hr times that (Sak, Senior and Beaufays 2014).

import { here } from '../emit.ts';
import { declareTanh } from '../kernels/elementwise.ts';
import { matmul } from '../kernels/matmul.ts';
import { type CellLowering, gateSum, stateGradient, stateSums } from './cell.ts';

const [i, f, g, o] = [0, 1, 2, 3].map((gate) => `gates[${gate}]${here}`);

export const lstm: CellLowering = {
  forward(layer, { h, c, fromInput, row, biasHh }) {
    const { emit, batch, hidden } = layer;
    const size = [hidden, batch];
    // sigmoid(x) = (1 + tanh(x / 2)) / 2: one function serves all gates.
    const gates = emit(
      { fromInput, row, sums: stateSums(layer, biasHh, h, 0, 4) },
      [...size, 4],
      `
      let scale = 0.5;
      if (this.thread.z === 2) scale = 1.0;
      ${declareTanh('value', `scale * (${gateSum(hidden, 'this.thread.z')})`)}
      if (this.thread.z === 2) return value;
      return 0.5 + 0.5 * value;
      `,
    );
    const cNext = emit({ gates, c: present(c) }, size, `return ${f} * c${here} + ${i} * ${g};`);
    const output = emit({ gates, c: cNext }, size, `${declareTanh('tanhC', `c${here}`)} return ${o} * tanhC;`);
    const { weightHr } = layer;
    if (weightHr === undefined) return { state: { h: output, c: cNext }, saved: { gates, c: cNext } };
    const unprojected = { handle: output, rows: batch, columns: hidden };
    const h1 = matmul(emit, unprojected, weightHr, { transposeB: true }).handle;
    return { state: { h: h1, c: cNext }, saved: { gates, c: cNext, output } };
  },

  backward(layer, { saved, before, dh: dState, dc }) {
    const { emit, batch, hidden, state, weightHr } = layer;
    const size = [hidden, batch];
    const { gates } = saved;
    const c = present(saved.c);
    const dh = weightHr ? matmul(emit, { handle: dState, rows: batch, columns: state }, weightHr, {}).handle : dState;
    const dcTotal = emit(
      { dh, dc: present(dc), gates, c },
      size,
      `${declareTanh('tanhC', `c${here}`)} return dc${here} + dh${here} * ${o} * (1 - tanhC * tanhC);`,
    );
    const dGates = emit(
      { dh, dcTotal, gates, c, cBefore: present(before.c) },
      [...size, 4],
      `
      const value = gates[this.thread.z]${here};
      if (this.thread.z === 0) return dcTotal${here} * ${g} * value * (1 - value);
      if (this.thread.z === 1) return dcTotal${here} * cBefore${here} * value * (1 - value);
      if (this.thread.z === 2) return dcTotal${here} * ${i} * (1 - value * value);
      ${declareTanh('tanhC', `c${here}`)}
      return dh${here} * tanhC * value * (1 - value);
      `,
    );
    const dcBefore = emit({ dcTotal, gates }, size, `return dcTotal${here} * ${f};`);
    return { dIh: dGates, dHh: dGates, dhBefore: stateGradient(layer, dGates, 0, 4), dcBefore };
  },
};

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an LSTM has a cell state');
  return value;
}
