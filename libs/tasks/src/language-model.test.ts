// The model of a language model's spec, and what its text is cut into.

import type { LanguageModelSpec } from '@rondo/spec';
import { expect, test } from 'vitest';
import { languageModelOf, languageModelTask } from './language-model.ts';
import { folderWith, jobOf } from './testing/workbench.ts';

const sizes = { layers: 2, hidden: 6, embedding: 4, dropout: 0.1, tied: false } as const;
const stack = {
  ...{ variational: true, recurrentDropout: 0.5, normalization: 'layer' as const, residual: true },
  ...{ initializer: 'orthogonal' as const, forgetBias: 1, projection: 3 },
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

test('byte-pair units are learnt from the text, and what preparation.json holds is enough for the model', async () => {
  const text = 'she sells sea shells '.repeat(4);
  const job = jobOf(
    'language-model',
    `
  task: language-model
  seed: 5
  data: { text: x.txt, unit: byte-pair, merges: 6, validation: 0 }
  model: { cell: gru, layers: 1, hidden: 4, embedding: 3 }
  training: { batch: 2, shards: 1, sequence: 4, optimizer: { name: sgd }, steps: 2 }
`,
  );
  const { model, preparation, training, facts } = await languageModelTask.read(job, {
    base: folderWith({ 'x.txt': text }),
  });
  const characters = new Set(text).size;
  expect(facts).toEqual([`${characters + 6} byte-pair units`]);
  expect(training.kind === 'lanes' && training.tokens.length).toBeLessThan(text.length);
  const restored = languageModelTask.restore(job, JSON.parse(JSON.stringify(preparation)));
  expect(restored.model.parameters).toEqual(model.parameters);
});
