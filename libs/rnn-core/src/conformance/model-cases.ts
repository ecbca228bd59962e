// Whole models with every option of their recurrent layers: an engine may treat weights that are masked, and layers that
// are normalized, unlike those of a single operation.

import { type Classifier, classifier } from '../models/classifier.ts';
import { languageModel } from '../models/language-model.ts';
import type { Case } from './case.ts';
import { casesOf } from './operation-cases.ts';
import type { OperationProgram } from './operation-program.ts';

const shape = { batch: 5, extents: { time: 6 } };

export function modelCases(): Case[] {
  return casesOf([
    classifierProgram('attention', { cell: { kind: 'lstm' }, projection: 4, pooling: 'attention', residual: true }),
    classifierProgram('normalized', { cell: { kind: 'gru', reset: 'after' }, pooling: 'last', normalization: 'layer' }),
    languageModelProgram(),
  ]);
}

const common = { layers: 2, hidden: 8, dropout: 0.3, variational: true, recurrentDropout: 0.4 } as const;

function classifierProgram(
  what: string,
  options: Pick<Classifier, 'cell' | 'pooling'> & Partial<Classifier>,
): OperationProgram {
  const model = classifier({
    ...{ ...common, bidirectional: true, classes: 3, weighted: false, smoothing: 0 },
    input: { kind: 'numbers', features: 8 },
    ...options,
  });
  const below = { lengths: { from: 0, to: 7 }, targets: { from: -1, to: 3 }, step: { from: 0, to: 9 } };
  return { name: `of a classifier, ${what}`, program: model.gradients(shape, 5), below };
}

function languageModelProgram(): OperationProgram {
  const model = languageModel({
    ...{ ...common, cell: { kind: 'lstm' }, vocabulary: 9, embedding: 8, tied: true },
    ...{ normalization: 'layer', residual: true },
  });
  const symbols = { from: 0, to: 9 };
  const below = { ids: symbols, targets: symbols, step: { from: 0, to: 9 } };
  return { name: 'of a language model, normalized and residual', program: model.gradients(shape, 5), below };
}
