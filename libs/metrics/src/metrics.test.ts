// Metrics as Prometheus's text: what begins at 0, what goes away, and what promtool would complain of.

import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

/** The samples, without comments. */
const samples = async (metrics: Metrics) =>
  (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('every series of a label begins at 0', async () => {
  const metrics = new Metrics();
  const fruits = metrics.counterBy('fruits_total', 'Fruits.', { name: 'kind', values: ['apple', 'pear'] });
  expect(await samples(metrics)).toEqual(['fruits_total{kind="apple"} 0', 'fruits_total{kind="pear"} 0']);
  fruits.add('pear', 2);
  expect(await samples(metrics)).toEqual(['fruits_total{kind="apple"} 0', 'fruits_total{kind="pear"} 2']);
});

test('a gauge without a value has no series, and those of a label go with its values', async () => {
  const metrics = new Metrics();
  let now: number | undefined;
  let runs: [string, number][] = [['a', 1]];
  metrics.gauge('now', 'Now.', () => now);
  metrics.gaugeBy('loss', 'Loss.', 'run', () => runs);
  expect(await samples(metrics)).toEqual(['loss{run="a"} 1']);
  now = 3;
  runs = [['b', 2]];
  expect(await samples(metrics)).toEqual(['now 3', 'loss{run="b"} 2']);
  now = undefined;
  runs = [];
  expect(await samples(metrics)).toEqual([]);
});

test('histograms have all their series from the start', async () => {
  const metrics = new Metrics();
  const label = { name: 'phase', values: ['send', 'sum'] } as const;
  const phases = metrics.histogramBy('phase_seconds', 'Phases.', label, [0.1, 1]);
  phases.observe('sum', 0.5);
  metrics.histogram('write_seconds', 'Writes.', [1]).observe(2);
  const text = await samples(metrics);
  expect(text).toContain('phase_seconds_bucket{le="1",phase="send"} 0');
  expect(text).toContain('phase_seconds_bucket{le="1",phase="sum"} 1');
  expect(text).toContain('write_seconds_bucket{le="1"} 0');
  expect(text).toContain('write_seconds_count 1');
});

test('two processes in one do not share metrics', async () => {
  for (const metrics of [new Metrics(), new Metrics()]) {
    metrics.addProcess();
    metrics.counter('things_total', 'Things.').add(1);
    const text = await metrics.text();
    expect(text).toContain('\nthings_total 1\n');
    expect(text).toContain('\nnodejs_eventloop_lag_p99_seconds ');
    expect(text).toContain('\nprocess_resident_memory_bytes ');
  }
});
