// The task `language-model`: a text, cut into lanes, whose next symbol is predicted.

import { buildVocabulary, createBatches, createValidation, parseVocabulary, readText, splitTokens } from '@rondo/data';
import { type Cell, type LanguageModel, languageModel, type RecurrentStack } from '@rondo/rnn-core';
import type { LanguageModelSpec, RecurrentSpec } from '@rondo/spec';
import { unitName } from './loss-unit.ts';
import type { Task } from './task.ts';

export const languageModelTask: Task<'language-model'> = {
  async read({ data, model, training }, { base, root }) {
    const { text } = await readText(data.text, base, { unit: data.unit, root });
    const { merges } = data;
    const vocabulary = buildVocabulary(data.unit, text, merges === undefined ? undefined : { merges });
    const tokens = splitTokens(vocabulary.encode(text), data.validation);
    const { batch, sequence, shards } = training;
    const plan = { kind: 'lanes', batch, sequence, shards } as const;
    // A text that is too short for a step, or for a lane that validates, is refused here.
    createBatches(tokens.training, plan);
    const validates = createValidation(tokens.validation, plan) !== null;
    return {
      model: languageModel(languageModelOf(model, vocabulary.size)),
      preparation: { ...vocabulary.toJSON() },
      training: { ...plan, tokens: tokens.training },
      validation: validates ? { ...plan, tokens: tokens.validation } : null,
      facts: [`${vocabulary.size} ${unitName(data.unit)}s`],
    };
  },
  restore({ model }, preparation) {
    const { size } = parseVocabulary(JSON.stringify(preparation));
    return { model: languageModel(languageModelOf(model, size)) };
  },
};

/** @param vocabulary number of symbols in the run's text. */
export function languageModelOf(model: LanguageModelSpec, vocabulary: number): LanguageModel {
  const { embedding, dropout, variational, tied } = model;
  return { vocabulary, embedding, dropout, variational, tied, ...stackOf(model) };
}

/** The recurrent layers of any task's model. */
export function stackOf(model: RecurrentSpec): Omit<RecurrentStack, 'bidirectional'> {
  const { layers, hidden, projection, recurrentDropout, normalization, residual, initializer, forgetBias } = model;
  const shape = { cell: cellOf(model), layers, hidden, projection };
  return { ...shape, recurrentDropout, normalization, residual, initializer, forgetBias };
}

function cellOf({ cell, activation, reset }: RecurrentSpec): Cell {
  switch (cell) {
    case 'lstm':
      return { kind: 'lstm' };
    case 'gru':
      return { kind: 'gru', reset };
    case 'rnn':
      return { kind: 'rnn', activation };
  }
}
