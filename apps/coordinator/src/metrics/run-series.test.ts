// When the series of a run come and go, by a clock that is put forward.

import { Metrics } from '@rondo/metrics';
import type { TrainingJob } from '@rondo/spec';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunEntry } from '../run-entry.ts';
import { RunSeries } from './run-series.ts';

const job = { spec: { training: { steps: 9 } } } as TrainingJob;

const entryOf = (name: string) =>
  new RunEntry(`/nowhere/${name}`, { name, phase: 'training', reason: '', createdAt: '' }, job, { base: '/nowhere' });

let metrics: Metrics;
let series: RunSeries;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  metrics = new Metrics();
  series = new RunSeries(metrics);
});
afterEach(() => void vi.useRealTimers());

const told = async () => [...(await metrics.text()).matchAll(/^rondo_run_step\{run="(.*)"\}/gm)].map(([, run]) => run);

test('five minutes after its end a run is told no longer', async () => {
  const run = entryOf('a-1');
  series.started(run);
  vi.advanceTimersByTime(3_600_000);
  expect(await told()).toEqual(['a-1']);
  series.ended(run);
  vi.advanceTimersByTime(299_000);
  expect(await told()).toEqual(['a-1']);
  vi.advanceTimersByTime(2000);
  expect(await told()).toEqual([]);
});

test('a run that goes on is told again', async () => {
  const run = entryOf('a-1');
  series.started(run);
  series.ended(run);
  series.started(run);
  vi.advanceTimersByTime(3_600_000);
  expect(await told()).toEqual(['a-1']);
});

test('of many that end at once those that trained last are told', async () => {
  for (let i = 1; i <= 50; i++) {
    series.started(entryOf(`a-${i}`));
    series.ended(entryOf(`a-${i}`));
  }
  expect(await told()).toEqual(Array.from({ length: 20 }, (_, i) => `a-${31 + i}`));
});

test('the newest losses, of steps and of validations', async () => {
  const run = entryOf('a-1');
  series.started(run);
  const record = (metricsLine: object) => series.heard(run, { type: 'recorded', metrics: JSON.stringify(metricsLine) });
  record({ step: 1, loss: 3, learningRate: 0.5, gradientNorm: 2 });
  record({ split: 'validation', step: 1, loss: 2.5, seconds: 1 });
  record({ step: 2, loss: 2, learningRate: 0.25, gradientNorm: 1 });
  const text = await metrics.text();
  for (const sample of [
    'rondo_run_loss{run="a-1"} 2',
    'rondo_run_validation_loss{run="a-1"} 2.5',
    'rondo_run_learning_rate{run="a-1"} 0.25',
    'rondo_run_gradient_norm{run="a-1"} 1',
  ]) {
    expect(text).toContain(`\n${sample}\n`);
  }
});
