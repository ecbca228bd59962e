// The recurrent layer over a whole sequence and its back-propagation through time, for any cell.
// Letters: T time, B batch, I input, H hidden, P state (H where it is not projected), G gates. The input product, the weights'
// gradients and the input's are one matrix product over all steps each; only the product with the state walks step by step.

import { type Cell, gateCount, type Operation } from '@rondo/rnn-core';
import { featureRange, type Matrix, rowRange } from '../matrix.ts';
import { gruAfter, gruBefore } from './gru.ts';
import { type LayerInput, layerInput } from './input.ts';
import type { Lowering } from './lowering.ts';
import { lstm } from './lstm.ts';
import type { Projection } from './projection.ts';
import { rnn } from './rnn.ts';

/** A recurrent layer as its cell sees it. */
export interface Layer {
  readonly lowering: Lowering;
  readonly batch: number;
  readonly hidden: number;
  /** Byte offset of int32 [B], or 0: all sequences have all steps. */
  readonly lengths: number;
  readonly weightHh: Matrix; // [G·H, P]
  /** [P, H], of LSTMs with a projection. */
  readonly weightHr: Matrix | undefined;
  /** The same stored transposed, as the backward steps read it: a product with columns is faster so. */
  weightHhAcross(): Matrix;
  readonly biasIh: Matrix; // [G·H]
  readonly biasHh: Matrix; // [G·H]
  /** W_ih x of all steps, [T·B, G·H]; cells turn it into the gates, and backwards into the derivatives of their sums. */
  readonly gates: Matrix;
  /** h after every step, and before the first. */
  readonly h: States;
  /** Lays out [T·B, features] for products over all steps: a step is B columns of every stored row. */
  columns(features: number): Matrix;
  /** Lays out [B, H] `count` times, each in one piece, for what only single steps read: misses the cache less. */
  blocks(count: number): Matrix[];
  /** The rows of one time step. */
  at(matrix: Matrix, t: number): Matrix;
  readonly time: number;
  /** Which step of the layer's travel time step t is, from 0. */
  position(t: number): number;
}

/** Cells emit their part of a step. */
export interface CellSteps {
  /** Step t: gates hold W_ih x and become the gates, h(t) is written. */
  forward(t: number): void;
  /**
   * Step t backwards: gates become the derivatives of their sums.
   * @param dy [B, P] what the output says of h(t).
   * @param dh [B, P] what later steps say of h(t); becomes what this one says of the state before.
   * @param last no step needs what this one says of the state before.
   */
  backward(t: number, dy: Matrix, dh: Matrix, last: boolean): void;
  /** [B, H] the last c, of cells that have it. */
  readonly cN?: Matrix;
  /** [B, H] what later steps say of c: written before the first backward step, then by the steps. */
  readonly dc?: Matrix;
  /** Derivatives by W_hh h's sums where they are not those by W_ih x's. */
  readonly dHh?: Matrix;
  /** The projection's matrices, of cells that have one. */
  readonly projected?: Projection | undefined;
  /** What the last rows of W_hh are multiplied by in place of h, and where those rows begin (in units of H). */
  readonly resetStates?: { readonly from: number; readonly matrix: Matrix };
}

/** A state [B, P] before the first step and after every one, as one matrix [(T + 1)·B, P]. */
interface States {
  readonly final: Matrix;
  /** [T·B, P]: the state after, and before, each step, in order of time. */
  readonly after: Matrix;
  readonly before: Matrix;
}

/** A forward pass, for its derivative. */
export interface Tape {
  readonly layer: Layer;
  readonly input: LayerInput;
  readonly cell: CellSteps;
  readonly order: readonly number[];
}

function cellSteps(cell: Cell, layer: Layer, c0: Matrix | undefined): CellSteps {
  switch (cell.kind) {
    case 'rnn':
      return rnn(layer, cell.activation);
    case 'lstm':
      return lstm(layer, c0 as Matrix);
    case 'gru':
      return cell.reset === 'after' ? gruAfter(layer) : gruBefore(layer);
  }
}

export function recurrent(lowering: Lowering, { inputs, outputs, options }: Operation<'recurrent'>): void {
  const [time, batch] = lowering.shape(inputs.x);
  const hidden = lowering.shape(inputs.weightHr ?? inputs.h0)[1];
  const { reverse, cell: kind } = options;
  const order = Array.from({ length: time }, (_, i) => (reverse ? time - 1 - i : i));

  const columns = (features: number) => lowering.allocate('features', time * batch, features);
  const gates = columns(gateCount(kind) * hidden);
  const input = layerInput(lowering, inputs.x, lowering.as('rows', inputs.weightIh));
  input.forward(gates);
  const layer: Layer = {
    lowering,
    batch,
    hidden,
    lengths: lowering.lengths(inputs.lengths),
    weightHh: lowering.as('rows', inputs.weightHh),
    weightHr: inputs.weightHr === undefined ? undefined : lowering.as('rows', inputs.weightHr),
    weightHhAcross: () => lowering.as('features', inputs.weightHh),
    biasIh: lowering.as('rows', inputs.biasIh),
    biasHh: lowering.as('rows', inputs.biasHh),
    gates,
    h: states(lowering, inputs, options),
    columns,
    blocks(count) {
      const at = lowering.take(4 * count * batch * hidden);
      const block = (_: unknown, i: number): Matrix => ({
        major: 'features',
        rows: batch,
        features: hidden,
        at: at + 4 * i * batch * hidden,
        ld: batch,
      });
      return Array.from({ length: count }, block);
    },
    at: (matrix, t) => rowRange(matrix, t * batch, batch),
    time,
    position: (t) => (reverse ? time - 1 - t : t),
  };
  const cell = cellSteps(kind, layer, inputs.c0 === undefined ? undefined : lowering.matrix(inputs.c0));
  for (const t of order) cell.forward(t);

  lowering.set(outputs.y, layer.lengths === 0 ? layer.h.after : pastLengthsZero(layer, time));
  lowering.set(outputs.hN, layer.h.final);
  if (outputs.cN !== undefined && cell.cN !== undefined) lowering.set(outputs.cN, cell.cN);
  lowering.tapes.set(outputs.y, { layer, input, cell, order });
}

/** Lays out h with the state before the first step ahead of it in the direction of travel, and copies that one in. */
function states(
  lowering: Lowering,
  { x, h0 }: Operation<'recurrent'>['inputs'],
  { reverse }: Operation<'recurrent'>['options'],
): States {
  const [time, batch] = lowering.shape(x);
  const all = lowering.allocate('features', (time + 1) * batch, lowering.shape(h0)[1]);
  const [first, last] = [rowRange(all, 0, batch), rowRange(all, time * batch, batch)];
  const [early, late] = [rowRange(all, 0, time * batch), rowRange(all, batch, time * batch)];
  lowering.copy(lowering.matrix(h0), reverse ? last : first);
  return reverse ? { final: first, after: early, before: late } : { final: last, after: late, before: early };
}

/** The outputs of sequences with lengths: states stand still past them, outputs are zero. */
function pastLengthsZero({ lowering, batch, lengths, h, columns }: Layer, time: number): Matrix {
  const x = h.after;
  const y = columns(x.features);
  lowering.emit('other', ({ kernels }) =>
    kernels.maskColumns(x.at, x.ld, x.features, time, batch, lengths, y.at, y.ld),
  );
  return y;
}

export function recurrentGradient(lowering: Lowering, operation: Operation<'recurrentGradient'>): void {
  const { inputs, outputs } = operation;
  const tape = lowering.tapes.get(inputs.y);
  if (tape === undefined) throw new Error(`${lowering.program.name}: recurrentGradient without its recurrent layer`);
  lowering.tapes.delete(inputs.y); // the gates become their derivatives in place: once
  const { layer, input, cell, order } = tape;
  const { batch, gates } = layer;
  const start = (matrix: Matrix, from: number | undefined) =>
    from === undefined ? lowering.fill(matrix, 0) : lowering.copy(lowering.matrix(from), matrix);

  const dy = lowering.as('features', inputs.dy);
  const dh = lowering.allocate('features', batch, layer.h.final.features);
  start(dh, inputs.dhN);
  if (cell.dc) start(cell.dc, inputs.dcN);
  for (const t of order.toReversed()) {
    cell.backward(t, layer.at(dy, t), dh, t === order[0] && !lowering.needs(outputs.dh0));
  }

  lowering.set(outputs.dh0, dh);
  if (outputs.dc0 !== undefined && cell.dc) lowering.set(outputs.dc0, cell.dc);
  input.backward(gates, outputs.dWeightIh, outputs.dx);
  if (lowering.needs(outputs.dWeightIh)) lowering.final(outputs.dWeightIh);
  if (lowering.needs(outputs.dWeightHh)) {
    stateWeightGradient(tape, lowering.result(outputs.dWeightHh, 'rows'));
    lowering.final(outputs.dWeightHh);
  }
  if (cell.projected !== undefined && lowering.needs(outputs.dWeightHr)) {
    const { all, dStates } = cell.projected;
    lowering.product(dStates, true, all, false, lowering.result(outputs.dWeightHr, 'rows'));
    lowering.final(outputs.dWeightHr);
  }
  const dBiasIh = lowering.result(outputs.dBiasIh, 'rows');
  sums(lowering, gates, dBiasIh);
  if (cell.dHh === undefined) lowering.set(outputs.dBiasHh, dBiasIh);
  else sums(lowering, cell.dHh, lowering.result(outputs.dBiasHh, 'rows'));
}

/** dWeightHh [G·H, P]: derivatives by W_hh h's sums times what W_hh was multiplied by */
function stateWeightGradient({ layer, cell }: Tape, dWeightHh: Matrix): void {
  const { lowering, hidden, h, gates } = layer;
  const derivatives = cell.dHh ?? gates;
  const split = cell.resetStates === undefined ? derivatives.features : cell.resetStates.from * hidden;
  const rest = derivatives.features - split;
  lowering.product(featureRange(derivatives, 0, split), true, h.before, false, rowRange(dWeightHh, 0, split));
  if (cell.resetStates === undefined) return;
  const candidate = featureRange(derivatives, split, rest);
  lowering.product(candidate, true, cell.resetStates.matrix, false, rowRange(dWeightHh, split, rest));
}

function sums(lowering: Lowering, x: Matrix, y: Matrix): void {
  lowering.emit('other', ({ kernels }) => kernels.rowSums(x.at, x.ld, x.features, x.rows, y.at));
}
