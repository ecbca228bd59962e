// Attention, one sequence after the other: its scores, its context and their derivatives are matrix products over its own steps.
// Letters: Q and K time steps of queries and keys, B batch, H features of both, V of the values.

import type { Operation } from '@rondo/rnn-core';
import type { Matrix } from '../matrix.ts';
import type { Machine } from '../steps.ts';
import type { Lowering } from './lowering.ts';
import { allocateSequences, bySequence, byStep, type Sequences, sequence } from './sequences.ts';

/** A forward pass, for its derivative. */
export interface AttentionTape {
  /** For additive scores e^2x of the queries and keys, as their kernels have it. */
  readonly query: Sequences; // [Q, H]
  readonly keys: Sequences; // [K, H]
  readonly values: Sequences; // [K, V]
  readonly weights: Sequences; // [Q, K]
  /** Of additive scores, [H]. */
  readonly vector: Matrix | undefined;
  /** How many keys of a sequence count. */
  count(machine: Machine, b: number): number;
}

export function attention(lowering: Lowering, { inputs, outputs }: Operation<'attention'>): void {
  const query = bySequence(lowering, inputs.query);
  const keys = bySequence(lowering, inputs.keys);
  const weights = allocateSequences(lowering, query.time, query.batch, keys.time);
  const vector = inputs.vector === undefined ? undefined : lowering.as('rows', inputs.vector);
  // Additive scores change the keys in place.
  const shared = inputs.values === inputs.keys && vector === undefined;
  const values = shared ? keys : bySequence(lowering, inputs.values);
  const context = allocateSequences(lowering, query.time, query.batch, values.features);
  const lengths = lowering.lengths(inputs.lengths);
  const count = ({ int32 }: Machine, b: number) => (lengths === 0 ? keys.time : int32[lengths / 4 + b]);
  const tape = { query, keys, values, weights, vector, count };

  emitScores(lowering, tape);
  lowering.emit('other', (machine) => {
    each(weights, (b, at) => {
      machine.kernels.softmaxRows(at, keys.time, query.time, keys.time, count(machine, b));
    });
  });
  each(weights, (b) => {
    lowering.product(sequence(weights, b), false, sequence(values, b), false, sequence(context, b));
  });
  byStep(lowering, context, lowering.result(outputs.y, 'features'));
  lowering.later(outputs.weights, () => byStep(lowering, weights, lowering.result(outputs.weights, 'rows')));
  lowering.attentions.set(outputs.weights, tape);
}

function emitScores(lowering: Lowering, { query, keys, weights, vector, count }: AttentionTape): void {
  if (vector === undefined) {
    each(weights, (b) => {
      lowering.product(sequence(query, b), false, sequence(keys, b), true, sequence(weights, b));
    });
    return;
  }
  lowering.emit('other', (machine) => {
    for (const { at, time, batch, features } of [query, keys]) {
      machine.kernels.doubledExponentials(time * batch * features, at);
    }
    each(weights, (b, scores) => {
      const [q, k] = [sequence(query, b).at, sequence(keys, b).at];
      const sizes = [keys.time, count(machine, b), keys.features] as const;
      machine.kernels.additiveScores(q, query.time, k, ...sizes, vector.at, scores);
    });
  });
}

export function attentionGradient(lowering: Lowering, { inputs, outputs }: Operation<'attentionGradient'>): void {
  const tape = lowering.attentions.get(inputs.weights);
  if (tape === undefined) throw new Error(`${lowering.program.name}: attentionGradient without its attention`);
  const { query, keys, values, weights, vector } = tape;
  const alike = ({ time, batch, features }: Sequences) => allocateSequences(lowering, time, batch, features);
  const put = (id: number, from: Sequences) => byStep(lowering, from, lowering.result(id, 'features'));

  const dy = bySequence(lowering, inputs.dy);
  if (lowering.needs(outputs.dValues)) {
    const dValues = alike(values);
    each(dValues, (b) => {
      lowering.product(sequence(weights, b), true, sequence(dy, b), false, sequence(dValues, b));
    });
    put(outputs.dValues, dValues);
  }
  const dScores = alike(weights);
  each(dScores, (b) => {
    lowering.product(sequence(dy, b), false, sequence(values, b), true, sequence(dScores, b));
  });
  const rows = weights.batch * weights.time; // all sequences' as one matrix
  lowering.emit('other', ({ kernels }) =>
    kernels.softmaxRowsGradient(weights.at, keys.time, dScores.at, keys.time, rows, keys.time),
  );
  const [dQuery, dKeys] = [alike(query), alike(keys)];
  if (vector === undefined) {
    each(dScores, (b) => {
      lowering.product(sequence(dScores, b), false, sequence(keys, b), false, sequence(dQuery, b));
      lowering.product(sequence(dScores, b), true, sequence(query, b), false, sequence(dKeys, b));
    });
  } else {
    const dVector = emitAdditiveGradient(lowering, { ...tape, vector }, { dScores, dQuery, dKeys });
    if (outputs.dVector !== undefined) lowering.set(outputs.dVector, dVector);
  }
  put(outputs.dQuery, dQuery);
  put(outputs.dKeys, dKeys);
}

/** @returns dVector [H]: each sequence's, added up in their order. */
function emitAdditiveGradient(
  lowering: Lowering,
  { query, keys, vector, count }: AttentionTape & { readonly vector: Matrix },
  { dScores, dQuery, dKeys }: { readonly dScores: Sequences; readonly dQuery: Sequences; readonly dKeys: Sequences },
): Matrix {
  const parts = lowering.allocate('rows', query.batch, vector.features);
  lowering.emit('other', (machine) => {
    each(dScores, (b, scores) => {
      const [q, k, dq, dk] = [query, keys, dQuery, dKeys].map((of) => sequence(of, b).at);
      const operands = [q, query.time, k, keys.time, count(machine, b), keys.features, vector.at, scores] as const;
      machine.kernels.additiveScoresGradient(...operands, dq, dk, parts.at + 4 * b * parts.ld);
    });
  });
  const byFeature = lowering.allocate('features', parts.rows, parts.features);
  lowering.copy(parts, byFeature);
  const dVector = lowering.allocate('rows', 1, parts.features);
  const { at, ld, features, rows } = byFeature;
  lowering.emit('other', ({ kernels }) => kernels.rowSums(at, ld, features, rows, dVector.at));
  return dVector;
}

/** @param use gets every sequence's number and its byte offset. */
function each(sequences: Sequences, use: (b: number, at: number) => void): void {
  for (let b = 0; b < sequences.batch; b++) use(b, sequence(sequences, b).at);
}
