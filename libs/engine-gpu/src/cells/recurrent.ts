// The recurrent layer over a whole sequence, forward and back-propagation through time, for any cell.
// Letters: T time, B batch, I input, H hidden, P state (H where it is not projected), G gates. The input product, the weights'
// gradients and the input's are one matrix product over all steps each; only the product with the state walks step by step.

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
  readonly weightHh: Matrix; // [G·H, P]
  readonly weightHr: Matrix | undefined; // [P, H]
  readonly h0: Matrix; // [B, P]
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

function layerOf(emit: Emit, { weightHh, weightHr, h0 }: RecurrentOperands): Layer {
  const { rows: batch, columns: state } = h0;
  return { emit, batch, state, hidden: weightHr?.columns ?? state, weightHh: weightHh.handle, weightHr };
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

/** Rows of one step, `columns` wide, by whether the step lies within the sequence's length. */
function choose(
  layer: Layer,
  columns: number,
  lengths: Handle,
  time: number,
  inside: Handle | 0,
  outside: Handle | 0,
): Handle {
  const value = (handle: Handle | 0, name: string) => (handle === 0 ? '0' : `${name}${here}`);
  return layer.emit(
    { lengths, time, ...(inside !== 0 && { inside }), ...(outside !== 0 && { outside }) },
    [columns, layer.batch],
    `
    if (time < lengths[0][this.thread.y]) return ${value(inside, 'inside')};
    return ${value(outside, 'outside')};
    `,
  );
}

export function recurrentForward(
  emit: Emit,
  { cell, reverse }: RecurrentOptions,
  operands: RecurrentOperands,
  biasIh: Matrix,
  biasHh: Handle,
): { y: Matrix; hN: Matrix; cN: Matrix | undefined; tape: Tape } {
  const { x, weightIh, h0, c0, lengths } = operands;
  const layer = layerOf(emit, operands);
  const { batch, hidden, state: size } = layer;
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
      outputs[at] = choose(layer, size, lengths, at, state.h, 0);
      state = {
        h: choose(layer, size, lengths, at, state.h, before.h),
        c: state.c && before.c && choose(layer, hidden, lengths, at, state.c, before.c),
      };
    }
  }
  const matrix = (handle: Handle, columns = size): Matrix => ({ handle, rows: batch, columns });
  return {
    y: concatRows(
      emit,
      outputs.map((handle) => matrix(handle)),
    ),
    hN: matrix(state.h),
    cN: state.c && matrix(state.c, hidden),
    tape,
  };
}

export interface RecurrentCotangents {
  readonly dy: Matrix; // [T·B, P]
  readonly dhN: Matrix | undefined; // [B, P]
  readonly dcN: Matrix | undefined; // [B, H]
}

export function recurrentBackward(
  emit: Emit,
  { cell }: RecurrentOptions,
  operands: RecurrentOperands,
  tape: Tape,
  { dy, dhN, dcN }: RecurrentCotangents,
) {
  const { x, weightIh, c0, lengths } = operands;
  const gates = gateCount(cell);
  const layer = layerOf(emit, operands);
  const { batch, hidden, state } = layer;
  let dh = dhN?.handle ?? fill(emit, batch, state, 0).handle;
  let dc = c0 && (dcN?.handle ?? fill(emit, batch, hidden, 0).handle);
  const dIhOf = new Array<Handle>(tape.length);
  const dHhOf = new Array<Handle>(tape.length);
  const dStateOf = new Array<Handle>(tape.length);
  for (const { time, before, saved } of tape.toReversed()) {
    const dhAfter = emit(
      { dh, dy: dy.handle, row: time * batch },
      [state, batch],
      `return dh${here} + dy[row + this.thread.y][this.thread.x];`,
    );
    // A step past a sequence's length gets zero gradients, and hands its own on to the step before.
    const inside = (handle: Handle, columns: number) =>
      lengths ? choose(layer, columns, lengths, time, handle, 0) : handle;
    const skipped = (was: Handle, is: Handle, columns: number) =>
      lengths ? addHandles(emit, choose(layer, columns, lengths, time, 0, was), is, batch, columns) : is;
    dStateOf[time] = inside(dhAfter, state);
    const cotangents = { dh: dStateOf[time], dc: dc && inside(dc, hidden) };
    const step = loweringOf(cell).backward(layer, { saved, before, ...cotangents });
    dIhOf[time] = step.dIh;
    dHhOf[time] = step.dHh;
    dh = skipped(dh, step.dhBefore, state);
    dc = dc && step.dcBefore && skipped(dc, step.dcBefore, hidden);
  }
  const dIh = concatGates(emit, dIhOf, gates, batch, hidden);
  const shared = dIhOf.every((handle, t) => handle === dHhOf[t]);
  const dHh = shared ? dIh : concatGates(emit, dHhOf, gates, batch, hidden);
  const dBiasIh = sumRows(emit, dIh);
  return {
    dx: matmul(emit, dIh, weightIh, {}),
    dWeightIh: matmul(emit, dIh, x, { transposeA: true }),
    dWeightHh: stateWeightGradient(layer, dHh, tape),
    dWeightHr: layer.weightHr && projectionGradient(layer, dStateOf, tape),
    dBiasIh,
    dBiasHh: shared ? dBiasIh : sumRows(emit, dHh),
    dh0: { handle: dh, rows: batch, columns: state },
    dc0: dc && { handle: dc, rows: batch, columns: hidden },
  };
}

/** Steps [B, columns] in order of time as one matrix [T·B, columns]. */
function join({ emit, batch }: Layer, steps: readonly Handle[], columns: number): Matrix {
  return concatRows(
    emit,
    steps.map((handle) => ({ handle, rows: batch, columns })),
  );
}

const inTime = (tape: Tape): Tape => tape.toSorted((a, b) => a.time - b.time);

/** dWeightHr [P, H] = dStateᵀ output */
function projectionGradient(layer: Layer, dStates: readonly Handle[], tape: Tape): Matrix {
  const outputs = inTime(tape).flatMap(({ saved }) => saved.output ?? []);
  const dState = join(layer, dStates, layer.state);
  return matmul(layer.emit, dState, join(layer, outputs, layer.hidden), { transposeA: true });
}

/** dWeightHh [G·H, P] = dHhᵀ h; with reset before, the candidate's rows meet r * h instead */
function stateWeightGradient(layer: Layer, dHh: Matrix, tape: Tape): Matrix {
  const { emit, hidden } = layer;
  const steps = inTime(tape);
  const states = join(
    layer,
    steps.map(({ before }) => before.h),
    layer.state,
  );
  const resets = steps.flatMap(({ saved }) => saved.resetState ?? []);
  if (resets.length === 0) return matmul(emit, dHh, states, { transposeA: true });
  const [gates, candidate] = [sliceFeatures(emit, dHh, 0, 2 * hidden), sliceFeatures(emit, dHh, 2 * hidden, hidden)];
  return concatRows(emit, [
    matmul(emit, gates, states, { transposeA: true }),
    matmul(emit, candidate, join(layer, resets, hidden), { transposeA: true }),
  ]);
}
