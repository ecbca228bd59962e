// The recurrent layer in plain loops, forward and backward side by side: the definition of the cells.
// Letters: T time, B batch, I input, H hidden, P state (H where it is not projected), G gates, S saved values.

import { type Cell, gateCount, savedCount } from '../program/cell.ts';
import { activate, sigmoid, slope } from './activation.ts';
import { type Floats, floats, type Precision } from './arrays.ts';

export interface Sizes {
  readonly time: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly state: number;
}

export interface RecurrentInputs {
  readonly x: Floats; // [T, B, I]
  readonly weightIh: Floats; // [G·H, I]
  readonly weightHh: Floats; // [G·H, P]
  readonly h0: Floats; // [B, P]
  readonly c0: Floats | undefined; // [B, H]
  readonly lengths: Int32Array | undefined; // [B]
  readonly weightHr: Floats | undefined; // [P, H]
}

/** Step `order` of a sequence: its place in time and the place of the state before it (-1: the initial state). */
function place(order: number, length: number, reverse: boolean): { t: number; before: number } {
  if (!reverse) return { t: order, before: order - 1 };
  return { t: length - 1 - order, before: order === 0 ? -1 : length - order };
}

/** sum over k of weight[row, k] * vector[at + k] */
function dot(weight: Floats, row: number, vector: Floats, at: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += weight[row * size + k] * vector[at + k];
  return sum;
}

/** h [P] = weightHr [P, H] times the cell's output [H] */
function projected(weightHr: Floats, output: Floats, P: number): number[] {
  return Array.from({ length: P }, (_, p) => dot(weightHr, p, output, 0, output.length));
}

/** d loss / d the cell's output [H] */
function projectedBack(weightHr: Floats, dh: Floats, H: number): Floats {
  const dOutput = new Float64Array(H);
  dh.forEach((d, p) => {
    for (let j = 0; j < H; j++) dOutput[j] = dOutput[j] + d * weightHr[p * H + j];
  });
  return dOutput;
}

export function recurrentForward(
  cell: Cell,
  reverse: boolean,
  { time, batch, input, hidden, state }: Sizes,
  { x, weightIh, weightHh, h0, c0, lengths, weightHr }: RecurrentInputs,
  biasIh: Floats,
  biasHh: Floats,
  precision: Precision,
) {
  const S = savedCount(cell) * hidden;
  const y = floats(precision, time * batch * state); // [T, B, P]
  const saved = floats(precision, time * batch * S); // [T, B, S·H]
  const hN = floats(precision, batch * state); // [B, P]
  const cN = floats(precision, batch * hidden); // [B, H]
  const h = floats(precision, state);
  const c = floats(precision, hidden);
  const r = floats(precision, hidden);
  const reset = floats(precision, hidden);
  const unprojected = floats(precision, hidden);

  for (let b = 0; b < batch; b++) {
    const length = lengths?.[b] ?? time;
    h.set(h0.subarray(b * state, (b + 1) * state));
    if (c0) c.set(c0.subarray(b * hidden, (b + 1) * hidden));
    for (let order = 0; order < length; order++) {
      const { t } = place(order, length, reverse);
      const row = t * batch + b;
      const fromInput = (g: number, j: number) =>
        dot(weightIh, g * hidden + j, x, row * input, input) + biasIh[g * hidden + j];
      const fromState = (g: number, j: number, from: Floats) =>
        dot(weightHh, g * hidden + j, from, 0, state) + biasHh[g * hidden + j];
      const save = (s: number, j: number, value: number) => {
        saved[row * S + s * hidden + j] = value;
      };
      const next = y.subarray(row * state, (row + 1) * state);
      switch (cell.kind) {
        case 'rnn':
          for (let j = 0; j < hidden; j++) next[j] = activate[cell.activation](fromInput(0, j) + fromState(0, j, h));
          break;
        case 'lstm':
          for (let j = 0; j < hidden; j++) {
            const i = sigmoid(fromInput(0, j) + fromState(0, j, h));
            const f = sigmoid(fromInput(1, j) + fromState(1, j, h));
            const g = Math.tanh(fromInput(2, j) + fromState(2, j, h));
            const o = sigmoid(fromInput(3, j) + fromState(3, j, h));
            c[j] = f * c[j] + i * g;
            unprojected[j] = o * Math.tanh(c[j]);
            [i, f, g, o, c[j]].forEach((value, s) => {
              save(s, j, value);
            });
          }
          next.set(weightHr ? projected(weightHr, unprojected, state) : unprojected);
          break;
        case 'gru':
          for (let j = 0; j < hidden; j++) {
            r[j] = sigmoid(fromInput(0, j) + fromState(0, j, h));
            reset[j] = r[j] * h[j];
          }
          for (let j = 0; j < hidden; j++) {
            const z = sigmoid(fromInput(1, j) + fromState(1, j, h));
            const q = cell.reset === 'after' ? fromState(2, j, h) : reset[j];
            const recurrent = cell.reset === 'after' ? r[j] * q : fromState(2, j, reset);
            const n = Math.tanh(fromInput(2, j) + recurrent);
            next[j] = (1 - z) * n + z * h[j];
            [r[j], z, n, q].forEach((value, s) => {
              save(s, j, value);
            });
          }
          break;
      }
      h.set(next);
    }
    hN.set(h, b * state);
    cN.set(c, b * hidden);
  }
  return { y, hN, cN, saved };
}

export interface Cotangents {
  readonly dy: Floats; // [T, B, P]
  readonly dhN: Floats | undefined; // [B, P]
  readonly dcN: Floats | undefined; // [B, H]
}

export function recurrentBackward(
  cell: Cell,
  reverse: boolean,
  { time, batch, input, hidden, state }: Sizes,
  { x, weightIh, weightHh, h0, c0, lengths, weightHr }: RecurrentInputs,
  y: Floats,
  saved: Floats | undefined,
  { dy, dhN, dcN }: Cotangents,
  precision: Precision,
) {
  const G = gateCount(cell) * hidden;
  const S = savedCount(cell) * hidden;
  const dx = floats(precision, x.length);
  const dWeightIh = floats(precision, weightIh.length);
  const dWeightHh = floats(precision, weightHh.length);
  const dBiasIh = floats(precision, G);
  const dBiasHh = floats(precision, G);
  const dWeightHr = weightHr && floats(precision, weightHr.length);
  const dh0 = floats(precision, batch * state);
  const dc0 = floats(precision, batch * hidden);
  // Derivatives by the gates' sums: of the input's part and of the state's part (they differ in a GRU with reset after).
  const dIh = floats(precision, G);
  const dHh = floats(precision, G);
  const dhBefore = floats(precision, state);
  const dReset = floats(precision, hidden);

  for (let b = 0; b < batch; b++) {
    const length = lengths?.[b] ?? time;
    const dh = floats(precision, state);
    const dc = floats(precision, hidden);
    if (dhN) dh.set(dhN.subarray(b * state, (b + 1) * state));
    if (dcN) dc.set(dcN.subarray(b * hidden, (b + 1) * hidden));
    for (let order = length - 1; order >= 0; order--) {
      const { t, before } = place(order, length, reverse);
      const row = t * batch + b;
      const hBefore =
        before < 0
          ? h0.subarray(b * state, (b + 1) * state)
          : y.subarray((before * batch + b) * state, (before * batch + b + 1) * state);
      const value = (s: number, j: number) => (saved as Floats)[row * S + s * hidden + j];
      for (let p = 0; p < state; p++) dh[p] = dh[p] + dy[row * state + p];
      dhBefore.fill(0);

      switch (cell.kind) {
        case 'rnn':
          for (let j = 0; j < hidden; j++) {
            dIh[j] = dh[j] * slope[cell.activation](y[row * hidden + j]);
          }
          dHh.set(dIh);
          break;
        case 'lstm': {
          const dOutput = weightHr ? projectedBack(weightHr, dh, hidden) : dh;
          for (let j = 0; j < hidden; j++) {
            const [i, f, g, o, c] = [0, 1, 2, 3, 4].map((s) => value(s, j)) as [number, number, number, number, number];
            const cBefore =
              before < 0
                ? (c0 as Floats)[b * hidden + j]
                : (saved as Floats)[(before * batch + b) * S + 4 * hidden + j];
            const tanhC = Math.tanh(c);
            const dcTotal = dc[j] + dOutput[j] * o * slope.tanh(tanhC);
            dIh[j] = dcTotal * g * slope.sigmoid(i);
            dIh[hidden + j] = dcTotal * cBefore * slope.sigmoid(f);
            dIh[2 * hidden + j] = dcTotal * i * slope.tanh(g);
            dIh[3 * hidden + j] = dOutput[j] * tanhC * slope.sigmoid(o);
            dc[j] = dcTotal * f;
            for (let p = 0; dWeightHr && p < state; p++) {
              dWeightHr[p * hidden + j] = dWeightHr[p * hidden + j] + dh[p] * o * tanhC;
            }
          }
          dHh.set(dIh);
          break;
        }
        case 'gru':
          for (let j = 0; j < hidden; j++) {
            const [, z, n] = [0, 1, 2].map((s) => value(s, j)) as [number, number, number];
            dIh[hidden + j] = dh[j] * (hBefore[j] - n) * slope.sigmoid(z);
            dIh[2 * hidden + j] = dh[j] * (1 - z) * slope.tanh(n);
            dhBefore[j] = dh[j] * z;
          }
          if (cell.reset === 'before') {
            dReset.fill(0); // d loss / d (r * h)
            for (let g = 0; g < hidden; g++) {
              const from = dIh[2 * hidden + g];
              for (let j = 0; j < hidden; j++) {
                dReset[j] = dReset[j] + from * weightHh[(2 * hidden + g) * hidden + j];
              }
            }
          }
          for (let j = 0; j < hidden; j++) {
            const r = value(0, j);
            const dr = cell.reset === 'after' ? dIh[2 * hidden + j] * value(3, j) : dReset[j] * hBefore[j];
            dIh[j] = dr * slope.sigmoid(r);
            if (cell.reset === 'before') dhBefore[j] = dhBefore[j] + dReset[j] * r;
          }
          dHh.set(dIh);
          if (cell.reset === 'after') {
            for (let j = 0; j < hidden; j++) dHh[2 * hidden + j] = dIh[2 * hidden + j] * value(0, j);
          }
          break;
      }

      for (let g = 0; g < G; g++) {
        const fromInput = dIh[g];
        const fromState = dHh[g];
        dBiasIh[g] = dBiasIh[g] + fromInput;
        dBiasHh[g] = dBiasHh[g] + fromState;
        for (let k = 0; k < input; k++) {
          dWeightIh[g * input + k] = dWeightIh[g * input + k] + fromInput * x[row * input + k];
          dx[row * input + k] = dx[row * input + k] + fromInput * weightIh[g * input + k];
        }
        // With reset before, the candidate's rows meet r * h (saved as q); their way to h is dReset, added above.
        const resetRow = cell.kind === 'gru' && cell.reset === 'before' && g >= 2 * hidden;
        for (let k = 0; k < state; k++) {
          const from = resetRow ? value(3, k) : hBefore[k];
          dWeightHh[g * state + k] = dWeightHh[g * state + k] + fromState * from;
          if (!resetRow) dhBefore[k] = dhBefore[k] + fromState * weightHh[g * state + k];
        }
      }
      dh.set(dhBefore);
    }
    dh0.set(dh, b * state);
    dc0.set(dc, b * hidden);
  }
  return { dx, dWeightIh, dWeightHh, dWeightHr, dBiasIh, dBiasHh, dh0, dc0 };
}
