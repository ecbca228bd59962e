// The model of a language model's spec.

import type { LanguageModelSpec } from '@rondo/spec';
import { expect, test } from 'vitest';
import { languageModelOf } from './language-model.ts';

const sizes = { layers: 2, hidden: 6, embedding: 4, dropout: 0.1, tied: false } as const;
const stack = {
  ...{ variational: true, recurrentDropout: 0.5, normalization: 'layer', residual: true },
  ...{ initializer: 'orthogonal', forgetBias: 1, projection: 3 },
} as const;
const spec = (cell: LanguageModelSpec['cell']): LanguageModelSpec => ({
  cell,
  activation: 'relu',
  reset: 'before',
  ...sizes,
  ...stack,
});

test('takes sizes and options from the spec and the vocabulary from the text', () => {
  expect(languageModelOf(spec('lstm'), 9)).toEqual({ vocabulary: 9, cell: { kind: 'lstm' }, ...sizes, ...stack });
});

test('a cell has the options of its kind alone', () => {
  expect(languageModelOf(spec('gru'), 9).cell).toEqual({ kind: 'gru', reset: 'before' });
  expect(languageModelOf(spec('rnn'), 9).cell).toEqual({ kind: 'rnn', activation: 'relu' });
});
