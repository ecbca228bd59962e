// The brain under a thousand schedules of faults; any number more with `npm run simulate`.

import { describe, expect, test } from 'vitest';
import * as brain from '../brain/index.ts';
import { type Report, simulate } from './index.ts';

const schedules = 1000;

const effects = [
  ...['add', 'assign', 'cancel', 'checkpoint', 'commit', 'drop', 'end', 'idle', 'phase', 'pin', 'prepare', 'put-aside'],
  ...['refuse', 'roll-back', 'send-weights', 'suspect', 'validated-batch'],
];

const faults = [
  ...['clock jumps', 'clock stands still', 'connection lost', 'connection replaced', 'coordinator killed'],
  ...['disk failing', 'disk full', 'disk read-only', 'disk slow', 'diverging shard', 'message of a lost connection'],
  ...['not finite once', 'overflow', 'partition', 'result twice', 'run paused', 'slow link', 'stale result'],
  ...['task failed', 'task impossible', 'torn checkpoint', 'torn write', 'worker joins late', 'worker killed'],
  ...['worker leaves', 'worker slowed', 'worker stalled', 'wrong bit'],
];

/** A failing schedule, for people. */
function transcript({ seed, failure }: Report): string {
  const { lines } = simulate(brain, seed, true);
  return [`seed ${seed}: ${failure}`, ...lines].join('\n');
}

describe('the brain', () => {
  test(`keeps its promises in ${schedules} schedules, in which everything happens that can`, () => {
    const counts = new Map<string, number>();
    const failed: string[] = [];
    for (let seed = 1; seed <= schedules; seed++) {
      const report = simulate(brain, seed);
      if (report.failure !== undefined && failed.length === 0) failed.push(transcript(report));
      for (const [name, count] of report.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    }
    expect(failed.join()).toBe('');
    const expected = [
      ...effects.map((name) => `effect: ${name}`),
      ...faults.map((name) => `fault: ${name}`),
      ...['outcome: failed', 'outcome: finished'],
    ].sort();
    expect([...counts.keys()].filter((name) => name !== 'wrong node added').sort()).toEqual(expected);
  }, 120_000);

  test('does the same again for the same seed', () => {
    const hashes = [1, 2, 3, 1].map((seed) => simulate(brain, seed).hash);
    expect(hashes[3]).toBe(hashes[0]);
    expect(new Set(hashes).size).toBe(3);
    expect(simulate(brain, 1, true)).toMatchObject({ hash: hashes[0], lines: { length: expect.any(Number) } });
  });
});
