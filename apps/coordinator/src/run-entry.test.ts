// What a run's entry makes of the lines of metrics.jsonl, whichever way they reach it.

import type { TrainingJob } from '@rondo/spec';
import { Progress } from '@rondo/training';
import { expect, test } from 'vitest';
import { RunEntry } from './run-entry.ts';

test('the time of a validation is not the time of training', () => {
  const document = { name: 'run', phase: 'training', reason: '', createdAt: '' } as const;
  const job = { spec: { training: { steps: 4 } } } as TrainingJob;
  const entry = new RunEntry('runs/run', document, job, { base: '.' });
  entry.progress = new Progress(0, 4);
  entry.noteMetrics(JSON.stringify({ step: 1, loss: 3, tokens: 100, seconds: 1, workers: 2 }));
  entry.noteMetrics(JSON.stringify({ split: 'validation', step: 1, loss: 2.5, tokens: 10, seconds: 8, workers: 2 }));
  // A step begins where the validation before it ended.
  entry.noteMetrics(JSON.stringify({ step: 2, loss: 2, tokens: 100, seconds: 1, workers: 2 }));
  expect(entry.status()).toMatchObject({ step: 2, loss: 2, validationLoss: 2.5, tokensPerSecond: 100, secondsLeft: 2 });
});
