// The translator on every engine: its training, with every kind of attention, and the programs that write step by step.

import { type TranslatorOptions, translator } from '../models/translator.ts';
import type { TensorData } from '../program/tensor.ts';
import type { OperationProgram } from './operation-program.ts';

export function translatorPrograms(): OperationProgram[] {
  return [
    ...programsOf('general, both directions, projected', { ...small, projection: 4, recurrentDropout: 0.3 }),
    ...programsOf('additive, gru', {
      ...small,
      ...{ attention: 'additive', cell: { kind: 'gru', reset: 'after' } },
      ...{ normalization: 'layer', residual: true, variational: true },
    }),
    ...programsOf('dot, two layers, tied', { ...small, attention: 'dot', layers: 2, bidirectional: false, tied: true }),
    ...programsOf('no attention', { ...small, attention: 'none' }),
  ];
}

const small: TranslatorOptions = {
  ...{ cell: { kind: 'lstm' }, layers: 1, hidden: 5, bidirectional: true, embedding: 5 },
  ...{ vocabularies: { source: 7, target: 9 }, attention: 'general', dropout: 0.2, tied: false, smoothing: 0.1 },
};

/** Sources of every length from 0 to S, and targets that end sooner and sooner. */
function programsOf(what: string, options: TranslatorOptions): OperationProgram[] {
  const [batch, source, target] = [5, 4, 3];
  const model = translator(options);
  const shape = { batch, extents: { source, target } };
  const below = {
    source: { from: 0, to: options.vocabularies.source },
    target: { from: 0, to: options.vocabularies.target },
    targets: { from: 0, to: options.vocabularies.target },
  };
  const prepare = ({ sourceLengths, targets }: Record<string, TensorData>) => {
    sourceLengths?.forEach((_, lane) => {
      sourceLengths[lane] = lane;
    });
    targets?.forEach((_, i) => {
      if (Math.floor(i / batch) > i % batch) targets[i] = -1;
    });
  };
  const programs = {
    gradients: model.gradients(shape, 3),
    evaluation: model.evaluation(shape),
    encode: model.encode({ batch, source }),
    step: model.step({ batch, source }),
  };
  return Object.entries(programs).map(([purpose, program]) => ({
    ...{ name: `translator, ${what}: ${purpose}`, program, below, prepare },
  }));
}
