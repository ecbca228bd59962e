// The model of a spec.

import type { JobSpec, ModelSpec } from '@rondo/spec';
import { expect, test } from 'vitest';
import { modelOf } from './model.ts';

const sizes = { layers: 2, hidden: 6, embedding: 4, dropout: 0.1, tied: false } as const;
const job = (cell: ModelSpec['cell']) =>
  ({ model: { cell, activation: 'relu', reset: 'before', ...sizes } }) as unknown as JobSpec;

test('takes the sizes from the spec and the vocabulary from the text', () => {
  expect(modelOf(job('lstm'), 9)).toEqual({ vocabulary: 9, cell: { kind: 'lstm' }, ...sizes });
});

test('a cell has the options of its kind alone', () => {
  expect(modelOf(job('gru'), 9).cell).toEqual({ kind: 'gru', reset: 'before' });
  expect(modelOf(job('rnn'), 9).cell).toEqual({ kind: 'rnn', activation: 'relu' });
});
