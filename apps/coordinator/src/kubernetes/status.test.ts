// The status of a TrainingJob: phases, conditions and their times, and the patch from one status to the next.

import { expect, test } from 'vitest';
import { formatTimeLeft, isOverPhase, type JobStatus, jobStatus, type RunState, statusPatch } from './status.ts';

const accepted = { reason: 'Accepted', message: 'the spec is good' } as const;
const run: RunState = { name: 'fox-1', phase: 'training', reason: 'started', step: 3, steps: 10, workers: 2 };
const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:09Z'];

const statusOf = (change: Partial<RunState>, before?: JobStatus) =>
  jobStatus({ generation: 1, verdict: accepted, run: { ...run, ...change }, before, now: before ? late : early });

test('tells numbers that it has, and losses to six digits', () => {
  expect(statusOf({ loss: 2.123456789, secondsLeft: 199.6 })).toMatchObject({
    phase: 'Training',
    run: 'fox-1',
    step: 3,
    steps: 10,
    loss: 2.12346,
    workers: 2,
    secondsLeft: 200,
    timeLeft: '3m20s',
  });
  const bare = statusOf({ steps: 0, loss: Number.NaN });
  for (const key of ['steps', 'loss', 'validationLoss', 'secondsLeft', 'timeLeft'])
    expect(bare).not.toHaveProperty(key);
});

test('a condition keeps its time until its status is another', () => {
  const first = statusOf({});
  const second = statusOf({ phase: 'finished', reason: 'finished after step 10' }, first);
  expect(second.conditions.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime])).toEqual([
    ['Accepted', 'True', early],
    ['Training', 'False', late],
    ['Complete', 'True', late],
    ['Failed', 'False', early],
  ]);
  expect(second.conditions[2]).toMatchObject({ reason: 'Finished', message: 'finished after step 10' });
});

test('without a run there is the verdict alone', () => {
  const verdict = { reason: 'BadSpec', message: 'spec.seed: missing' } as const;
  const status = jobStatus({ generation: 4, verdict, now: early });
  expect(status).toMatchObject({
    observedGeneration: 4,
    phase: 'Refused',
    conditions: [{ status: 'False', ...verdict }],
  });
  expect(jobStatus({ generation: 4, verdict: { reason: 'TryingAgain', message: '' }, now: early }).phase).toBe(
    'Pending',
  );
});

test('the patch takes away what is no longer there', () => {
  const before = statusOf({ loss: 1, secondsLeft: 5 });
  expect(statusPatch(before, statusOf({ loss: 2 }))).toMatchObject({
    status: { loss: 2, secondsLeft: null, timeLeft: null },
  });
});

test('what is over is over', () => {
  const phases = ['Finished', 'Cancelled', 'Failed', 'Training', 'Paused', 'Queued', 'Refused', undefined] as const;
  expect(phases.filter(isOverPhase)).toEqual(['Finished', 'Cancelled', 'Failed']);
});

test.each([
  [0, '0s'],
  [59, '59s'],
  [60, '1m'],
  [750, '12m30s'],
  [12_000, '3h20m'],
  [3600, '1h'],
  [190_800, '2d5h'],
])('%i seconds are %s', (seconds, text) => expect(formatTimeLeft(seconds)).toBe(text));
