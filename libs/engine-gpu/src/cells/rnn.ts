// The simple recurrent cell: h' = act(W_ih x + b_ih + W_hh h + b_hh).

import type { Activation } from '@rondo/rnn-core';
import { activate, slope } from '../kernels/activation.ts';
import { type CellLowering, gateSum, stateGradient, stateSums } from './cell.ts';

export function rnn(activation: Activation): CellLowering {
  return {
    forward(layer, { h, fromInput, row, biasHh }) {
      const { emit, batch, hidden } = layer;
      const sums = stateSums(layer, biasHh, h, 0, 1);
      const body = `const x = ${gateSum(hidden, '0')}; ${activate[activation]}`;
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
