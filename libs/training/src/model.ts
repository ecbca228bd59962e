// From what a spec says of a model to the model that rnn-core traces.

import type { Cell, LanguageModel } from '@rondo/rnn-core';
import type { JobSpec, ModelSpec } from '@rondo/spec';

/** @param vocabulary number of symbols in the run's text. */
export function modelOf({ model }: JobSpec, vocabulary: number): LanguageModel {
  const { embedding, hidden, layers, dropout, tied } = model;
  return { vocabulary, embedding, hidden, layers, dropout, tied, cell: cellOf(model) };
}

function cellOf({ cell, activation, reset }: ModelSpec): Cell {
  switch (cell) {
    case 'lstm':
      return { kind: 'lstm' };
    case 'gru':
      return { kind: 'gru', reset };
    case 'rnn':
      return { kind: 'rnn', activation };
  }
}
