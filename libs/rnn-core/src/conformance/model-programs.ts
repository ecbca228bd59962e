// Whole models, against the reference engine: what they ask of an engine is more than their operations one by one.

import { type Tagger, tagger } from '../models/tagger.ts';
import type { TensorData } from '../program/tensor.ts';
import type { OperationProgram } from './operation-program.ts';

export function modelPrograms(): OperationProgram[] {
  return [
    ...taggerPrograms('crf, characters and marks', fullTagger),
    ...taggerPrograms('softmax over words', {
      ...fullTagger,
      output: 'softmax',
      characters: undefined,
      mark: undefined,
    }),
  ];
}

const fullTagger: Tagger = {
  ...{ cell: { kind: 'lstm' }, layers: 1, hidden: 5, bidirectional: true, projection: 4, normalization: 'layer' },
  ...{ words: 11, embedding: 4, tags: 5, output: 'crf', dropout: 0.2, mark: 3 },
  characters: { symbols: 7, embedding: 3, hidden: 4, longest: 6 },
};

/** A sentence of every length from 0 to T, and words of every length from 0 to C. */
function taggerPrograms(what: string, model: Tagger): OperationProgram[] {
  const [batch, time] = [5, 4];
  const { gradients, evaluation, prediction } = tagger(model);
  const shape = { batch, extents: { time } };
  const below = {
    words: { from: 0, to: model.words },
    marks: { from: 0, to: 2 },
    characters: { from: 0, to: model.characters?.symbols ?? 1 },
    wordLengths: { from: 0, to: (model.characters?.longest ?? 0) + 1 },
    targets: { from: 0, to: model.tags },
  };
  const prepare = ({ lengths, targets }: Record<string, TensorData>) => {
    lengths.forEach((_, lane) => {
      lengths[lane] = lane;
    });
    targets?.forEach((_, i) => {
      if (Math.floor(i / batch) >= lengths[i % batch]) targets[i] = -1;
    });
  };
  const programs = { gradients: gradients(shape, 3), evaluation: evaluation(shape), prediction: prediction(shape) };
  return Object.entries(programs).map(([purpose, program]) => ({
    ...{ name: `tagger, ${what}: ${purpose}`, program, below, prepare },
  }));
}
