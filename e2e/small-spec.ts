// A run that takes seconds, for tests of what is around it.

import type { EngineName } from '@rondo/rnn-core';

/** 840 characters: what the spec's `text.txt` holds. */
export const smallText = 'to be or not to be, that is the question. '.repeat(20);

/** @param training what the runs differ in, as in `shards: 2, steps: 20`. */
export const smallSpec = (name: string, engine: EngineName, training: string): string => `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: ${name} }
spec:
  task: language-model
  seed: 5
  data: { text: text.txt, unit: character, validation: 0.1 }
  model: { cell: rnn, layers: 1, hidden: 8, embedding: 4 }
  training: { batch: 4, sequence: 8, optimizer: { name: sgd, learningRate: 0.1 }, ${training} }
  engine: ${engine}
`;
