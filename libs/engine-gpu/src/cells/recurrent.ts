// The recurrent layer over a whole sequence, forward and back-propagation through time, for any cell.
// Letters: T time, B batch, I input, H hidden, G gates. The input product, the weights' gradients and the input's are one
// matrix product over all steps each; only the product with the state walks step by step.

import { type Cell, gateCount } from '@rondo/rnn-core';
import { type Emit, type Handle, here, type Matrix } from '../emit.ts';
import { addHandles, fill } from '../kernels/elementwise.ts';
import { concatGates, concatRows, sliceFeatures } from '../kernels/layout.ts';
import { matmul } from '../kernels/matmul.ts';
import { sumRows } from '../kernels/sums.ts';
import type { CellLowering, Layer, Saved, State } from './cell.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

export interface RecurrentOperands {
  readonly x: Matrix; // [T·B, I]
  readonly weightIh: Matrix; // [G·H, I]
  readonly weightHh: Matrix; // [G·H, H]
  readonly h0: Matrix; // [B, H]
  readonly c0: Matrix | undefined; // [B, H]
  readonly lengths: Handle | undefined; // [1, B]
}

export interface RecurrentOptions {
  readonly cell: Cell;
  readonly reverse: boolean;
}

/** One step of a forward pass, for its derivative. */
interface Passed {
  readonly time: number;
  readonly before: State;
  readonly saved: Saved;
}

/** The steps of a forward pass, in the order of travel. */
export type Tape = readonly Passed[];

function loweringOf(cell: Cell): CellLowering {
  switch (cell.kind) {
    case 'rnn':
      return rnn(cell.activation);
    case 'lstm':
      return lstm;
    case 'gru':
      return gru(cell.reset);
  }
}

/** Rows of one step, by whether the step lies within the sequence's length. */
function choose(layer: Layer, lengths: Handle, time: number, inside: Handle | 0, outside: Handle | 0): Handle {
  const value = (handle: Handle | 0, name: string) => (handle === 0 ? '0' : `${name}${here}`);
  return layer.emit(
    { lengths, time, ...(inside !== 0 && { inside }), ...(outside !== 0 && { outside }) },
    [layer.hidden, layer.batch],
    `
    if (time < lengths[0][this.thread.y]) return ${value(inside, 'inside')};
    return ${value(outside, 'outside')};
    `,
  );
}

export function recurrentForward(
  emit: Emit,
  { cell, reverse }: RecurrentOptions,
  { x, weightIh, weightHh, h0, c0, lengths }: RecurrentOperands,
  biasIh: Matrix,
  biasHh: Handle,
): { y: Matrix; hN: Matrix; cN: Matrix | undefined; tape: Tape } {
  const { rows: batch, columns: hidden } = h0;
  const layer = { emit, batch, hidden, weightHh: weightHh.handle };
  const time = x.rows / batch;
  const fromInput = matmul(emit, x, weightIh, { transposeB: true, bias: biasIh }).handle;
  const tape: Passed[] = [];
  const outputs = new Array<Handle>(time);
  let state: State = { h: h0.handle, c: c0?.handle };
  for (let order = 0; order < time; order++) {
    const at = reverse ? time - 1 - order : order;
    const before = state;
    const step = loweringOf(cell).forward(layer, { ...before, fromInput, row: at * batch, biasHh });
    tape.push({ time: at, before, saved: step.saved });
    state = step.state;
    outputs[at] = state.h;
    if (lengths !== undefined) {
      outputs[at] = choose(layer, lengths, at, state.h, 0);
      state = {
        h: choose(layer, lengths, at, state.h, before.h),
        c: state.c && before.c && choose(layer, lengths, at, state.c, before.c),
      };
    }
  }
  const matrix = (handle: Handle): Matrix => ({ handle, rows: batch, columns: hidden });
  return {
    y: concatRows(emit, outputs.map(matrix)),
    hN: matrix(state.h),
    cN: state.c && matrix(state.c),
    tape,
  };
}

export interface RecurrentCotangents {
  readonly dy: Matrix; // [T·B, H]
  readonly dhN: Matrix | undefined; // [B, H]
  readonly dcN: Matrix | undefined; // [B, H]
}

export function recurrentBackward(
  emit: Emit,
  { cell }: RecurrentOptions,
  { x, weightIh, weightHh, h0, c0, lengths }: RecurrentOperands,
  tape: Tape,
  { dy, dhN, dcN }: RecurrentCotangents,
) {
  const { rows: batch, columns: hidden } = h0;
  const gates = gateCount(cell);
  const layer = { emit, batch, hidden, weightHh: weightHh.handle };
  const zero = () => fill(emit, batch, hidden, 0).handle;
  let dh = dhN?.handle ?? zero();
  let dc = c0 && (dcN?.handle ?? zero());
  const dIhOf = new Array<Handle>(tape.length);
  const dHhOf = new Array<Handle>(tape.length);
  for (const { time, before, saved } of tape.toReversed()) {
    const dhAfter = emit(
      { dh, dy: dy.handle, row: time * batch },
      [hidden, batch],
      `return dh${here} + dy[row + this.thread.y][this.thread.x];`,
    );
    // A step past a sequence's length gets zero gradients, and hands its own on to the step before.
    const inside = (handle: Handle) => (lengths ? choose(layer, lengths, time, handle, 0) : handle);
    const skipped = (was: Handle, is: Handle) =>
      lengths ? addHandles(emit, choose(layer, lengths, time, 0, was), is, batch, hidden) : is;
    const step = loweringOf(cell).backward(layer, { saved, before, dh: inside(dhAfter), dc: dc && inside(dc) });
    dIhOf[time] = step.dIh;
    dHhOf[time] = step.dHh;
    dh = skipped(dh, step.dhBefore);
    dc = dc && step.dcBefore && skipped(dc, step.dcBefore);
  }
  const dIh = concatGates(emit, dIhOf, gates, batch, hidden);
  const shared = dIhOf.every((handle, t) => handle === dHhOf[t]);
  const dHh = shared ? dIh : concatGates(emit, dHhOf, gates, batch, hidden);
  const dBiasIh = sumRows(emit, dIh);
  return {
    dx: matmul(emit, dIh, weightIh, {}),
    dWeightIh: matmul(emit, dIh, x, { transposeA: true }),
    dWeightHh: stateWeightGradient(emit, dHh, tape, batch, hidden),
    dBiasIh,
    dBiasHh: shared ? dBiasIh : sumRows(emit, dHh),
    dh0: { handle: dh, rows: batch, columns: hidden },
    dc0: dc && { handle: dc, rows: batch, columns: hidden },
  };
}

/** dWeightHh [G·H, H] = dHhᵀ h; with reset before, the candidate's rows meet r * h instead */
function stateWeightGradient(emit: Emit, dHh: Matrix, tape: Tape, batch: number, hidden: number): Matrix {
  const inTime = tape.toSorted((a, b) => a.time - b.time);
  const join = (handles: Handle[]) =>
    concatRows(
      emit,
      handles.map((handle) => ({ handle, rows: batch, columns: hidden })),
    );
  const states = join(inTime.map(({ before }) => before.h));
  const resets = inTime.flatMap(({ saved }) => saved.resetState ?? []);
  if (resets.length === 0) return matmul(emit, dHh, states, { transposeA: true });
  const [gates, candidate] = [sliceFeatures(emit, dHh, 0, 2 * hidden), sliceFeatures(emit, dHh, 2 * hidden, hidden)];
  return concatRows(emit, [
    matmul(emit, gates, states, { transposeA: true }),
    matmul(emit, candidate, join(resets), { transposeA: true }),
  ]);
}
