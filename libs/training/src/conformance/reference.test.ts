// Whole training runs on the reference engine beside PyTorch's.

import { createReferenceEngine } from '@rondo/rnn-core';
import { describe, test } from 'vitest';
import { goldenTrainingCases } from './index.ts';

describe('training on the reference engine', () => {
  const engine = createReferenceEngine();
  for (const { name, run } of goldenTrainingCases()) test(name, () => run(engine));
});
