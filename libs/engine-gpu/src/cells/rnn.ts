// The simple recurrent cell: h' = act(W_ih x + b_ih + W_hh h + b_hh).

import type { Activation } from '@rondo/rnn-core';
import { declareSigmoid, declareTanh } from '../kernels/elementwise.ts';
import { type CellLowering, gateSum, stateGradient, stateSums } from './cell.ts';

const activate: Record<Activation, string> = {
  tanh: `${declareTanh('y', 'sum')} return y;`,
  relu: 'return Math.max(sum, 0);',
  sigmoid: `${declareSigmoid('y', 'sum')} return y;`,
};

/** d activation / d its input, from the activation's value y. */
const slope: Record<Activation, string> = {
  tanh: 'return dy * (1 - y * y);',
  relu: 'if (y > 0) return dy; return 0;',
  sigmoid: 'return dy * y * (1 - y);',
};

export function rnn(activation: Activation): CellLowering {
  return {
    forward(layer, { h, fromInput, row, biasHh }) {
      const { emit, batch, hidden } = layer;
      const sums = stateSums(layer, biasHh, h, 0, 1);
      const body = `const sum = ${gateSum(hidden, '0')}; ${activate[activation]}`;
      const next = emit({ fromInput, row, sums }, [hidden, batch], body);
      return { state: { h: next, c: undefined }, saved: { gates: next } };
    },
    backward(layer, { saved, dh }) {
      const body = `
        const y = gates[this.thread.y][this.thread.x];
        const dy = dh[this.thread.y][this.thread.x];
        ${slope[activation]}
        `;
      const dGates = layer.emit({ gates: saved.gates, dh }, [layer.hidden, layer.batch, 1], body);
      return { dIh: dGates, dHh: dGates, dhBefore: stateGradient(layer, dGates, 0, 1), dcBefore: undefined };
    },
  };
}
