// What a task's loss is measured in, for people.

import type { JobSpec, TextData } from '@rondo/spec';

export interface LossUnit {
  /** `nats a character` */
  readonly name: string;
  /** Whether exp(loss) says something: how many symbols the model wavers between. */
  readonly perplexity: boolean;
}

export function lossUnit(spec: JobSpec): LossUnit {
  switch (spec.task) {
    case 'language-model':
    case 'translation':
      return { name: `nats a ${unitName(spec.data.unit)}`, perplexity: true };
    case 'classification':
      return { name: 'nats a sequence', perplexity: false };
    case 'tagging':
      return { name: 'nats a tag', perplexity: false };
    case 'forecasting':
    case 'regression':
      return { name: `${spec.training.loss} distance, scaled`, perplexity: false };
  }
}

/** What one symbol of a text is called. */
export function unitName(unit: TextData['unit']): string {
  return unit === 'byte-pair' ? 'byte-pair unit' : unit;
}
