// Frames of `rondo top`: what is shown of a cluster, and that it fits.

import type { ListResponse } from '@rondo/protocol';
import { expect, test } from 'vitest';
import { bar, sparkline } from './bars.ts';
import { type ClusterView, emptyView, recentSteps, withList, withMetrics } from './cluster-view.ts';
import { render } from './render.ts';

const run = (name: string, change: object = {}) => ({
  ...{ name, phase: 'PHASE_FINISHED', reason: 'finished after step 40', step: 40, steps: 40, tokensPerSecond: 0 },
  ...{ engine: 'cpu', fingerprint: 'f', folder: `/runs/${name}`, workers: 0, hindrances: [], loss: 1.5 },
  ...change,
});
const training = run('char-lm-2', {
  ...{ phase: 'PHASE_TRAINING', reason: 'engine cpu, from step 1', step: 12, loss: 2.25, tokensPerSecond: 12_345.6 },
  ...{ secondsLeft: 62, workers: 2, validationLoss: 2.5 },
  hindrances: [{ cause: 'compute', worker: 'w2', reason: 'w2 is late' }],
});
const worker = (name: string, change: object = {}) => ({
  ...{ name, state: 'computing', reason: 'step 13, shards 0 to 3', engines: ['cpu', 'js'], device: 'AMD EPYC' },
  ...{ fingerprint: 'f', nodes: 1200, tokensPerSecond: 1000, lastSeenSeconds: 0.24, threads: 4, failures: 0, speed: 1 },
  ...change,
});
const cluster = {
  runs: [run('char-lm-1'), training, run('poems-1', { phase: 'PHASE_QUEUED', reason: '', step: 0, loss: undefined })],
  workers: [
    worker('w1', { speed: 1.5 }),
    worker('w2', { speed: 0.5, state: 'late', reason: 'expected 0.2 s ago' }),
    worker('w3', {
      speed: undefined,
      state: 'idle',
      reason: 'offers no cpu',
      engines: ['js'],
      device: 'x\u001b[2J',
      nodes: 0,
    }),
  ],
} as unknown as ListResponse;

const metricsLine = (step: number) => {
  const phases = { wait: 0.002, send: 0.01, compute: 0.08, sum: 0.003, optimizer: 0.005 };
  return JSON.stringify({ step, loss: 5 / (1 + step), tokens: 100, seconds: 0.1, ...phases, workers: 2 });
};

function viewOf(steps: number): ClusterView {
  let view = withList(emptyView('10.0.0.1:7070'), cluster);
  for (let step = 1; step <= steps; step++) view = withMetrics(view, metricsLine(step));
  return view;
}

const texts = (view: ClusterView, columns: number, rows: number) =>
  render(view, '12:03:44', { columns, rows }).map(({ text }) => text);

test('a frame of a cluster', () => {
  expect(texts(viewOf(12), 120, 40).join('\n')).toMatchInlineSnapshot(`
    "Rondo at 10.0.0.1:7070, 12:03:44

    RUN        PHASE     STEP   LOSS    VALIDATION  TOKENS/S  LEFT  ENGINE  REASON
    char-lm-2  training  12/40  2.2500  2.5000      12,346    1:02  cpu     engine cpu, from step 1
      hindered by compute: w2 is late
    poems-1    queued    0/40   -       -           -         -     cpu
    char-lm-1  finished  40/40  1.5000  -           -         -     cpu     finished after step 40

    loss of char-lm-2, steps 1 to 12  █▅▄▃▂▂▂▂▁▁▁▁  2.5000 to 0.3846
    a step takes 100.0 ms (the last 12), of it:
      wait        2 %  ▊
      send       10 %  ████
      compute    80 %  ████████████████████████████████
      sum         3 %  █▎
      optimizer   5 %  ██

    WORKER  STATE      SPEED            ENGINE  THREADS  NODES  FAILED  SEEN       DEVICE    WHAT
    w1      computing  1.50x  ████████  cpu     4        1,200  0       0.2 s ago  AMD EPYC  step 13, shards 0 to 3
    w2      late       0.50x  ██▋       cpu     4        1,200  0       0.2 s ago  AMD EPYC  expected 0.2 s ago
    w3      idle       -                js      4        0      0       0.2 s ago  x�[2J     offers no cpu"
  `);
});

test('a coordinator that is away: what was known, and that it is not of now', () => {
  const view = { ...viewOf(2), fault: 'no coordinator at 10.0.0.1:7070: is it running? (connect ECONNREFUSED)' };
  const lines = render(view, '12:03:44', { columns: 120, rows: 40 });
  expect(lines[1]).toEqual({ text: `trying again: ${view.fault}`, style: 'warning' });
  expect(lines.map(({ text }) => text).join('\n')).toContain('char-lm-2');
});

test('an empty cluster says what to do', () => {
  expect(texts(emptyView('h:1'), 80, 24)).toEqual([
    'Rondo at h:1, 12:03:44',
    '',
    'no runs: rondo submit SPEC',
    '',
    'no workers: rondo worker --coordinator HOST:PORT',
  ]);
});

test('it fits every terminal, and what is left out is said', () => {
  const many = {
    ...cluster,
    workers: Array.from({ length: 300 }, (_, i) => worker(`w${i}`)),
  } as unknown as ListResponse;
  const view = withList(viewOf(100), many);
  for (const rows of [1, 2, 5, 10, 24, 50]) {
    for (const columns of [1, 10, 40, 80, 200]) {
      const lines = texts(view, columns, rows);
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  }
  const lines = texts(view, 80, 24);
  expect(lines).toHaveLength(24);
  expect(lines.at(-1)).toMatch(/^and 29\d more$/);
});

test('nothing that another machine says of itself commands the terminal', () => {
  expect(texts(viewOf(12), 200, 40).join('')).not.toMatch(/\p{Cc}/u);
});

test('steps that are taken again replace those that were rolled back; another run begins anew', () => {
  let view = viewOf(12);
  view = withMetrics(view, metricsLine(7));
  view = withMetrics(view, JSON.stringify({ split: 'validation', step: 7, loss: 9, seconds: 1 }));
  expect(view.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const over = withList(view, { ...cluster, runs: [run('char-lm-2')] } as unknown as ListResponse);
  expect(over.steps).toHaveLength(7);
  const next = withList(over, { ...cluster, runs: [{ ...training, name: 'poems-1' }] } as unknown as ListResponse);
  expect(next.steps).toEqual([]);
  expect(recentSteps(viewOf(2000))).toHaveLength(20);
  expect(viewOf(2000).steps[0].step).toBe(1001);
});

test('bars and sparklines', () => {
  expect(sparkline([8, 6, 4, 2, 0, 1, 2, 7], 8)).toBe('█▆▅▃▁▂▃▇');
  expect(sparkline([3, 3, 3], 8)).toBe('▁▁▁');
  expect(sparkline([], 8)).toBe('');
  expect(
    sparkline(
      Array.from({ length: 1000 }, (_, i) => i),
      8,
    ),
  ).toBe('▁▂▃▄▅▆▇█');
  expect([0, 0.5, 1, 0.3, 7].map((share) => bar(share, 4))).toEqual(['    ', '██  ', '████', '█▎  ', '████']);
});
