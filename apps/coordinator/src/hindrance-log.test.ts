// What holds a run up is said when it begins and when it ends, and not in between.

import { createLogger } from '@rondo/logging';
import type { Hindrance } from '@rondo/training';
import { expect, test } from 'vitest';
import { HindranceLog } from './hindrance-log.ts';

const slow = (times: number): Hindrance => ({
  kind: 'slow',
  cause: 'compute',
  worker: 'w',
  reason: `w takes ${times} times as long`,
});

function observe() {
  const lines: string[] = [];
  const told: number[] = [];
  const log = createLogger({
    name: 'coordinator',
    copy: { write: (line: string) => lines.push(JSON.parse(line).msg) },
  });
  const observer: HindranceLog = new HindranceLog(log, () => told.push(observer.present.length));
  return { observer, lines, told };
}

test('what lasts is said once, with its newest figures in the status', () => {
  const { observer, lines, told } = observe();
  for (let ms = 0; ms <= 2000; ms += 100) observer.look([slow(ms)], ms);
  expect(lines).toEqual(['held up']);
  expect(told).toEqual([1]);
  expect(observer.present).toEqual([slow(2000)]);
});

test('what passes is not said, and what comes back has not ended', () => {
  const { observer, lines } = observe();
  for (let ms = 0; ms < 900; ms += 100) observer.look([slow(2)], ms);
  for (let ms = 900; ms < 3000; ms += 100) observer.look([], ms);
  expect(lines).toEqual([]);
  // It comes and goes.
  for (let ms = 3000; ms <= 5000; ms += 100) observer.look(ms % 400 === 0 ? [slow(2)] : [], ms);
  expect(lines).toEqual(['held up']);
  for (let ms = 5000; ms <= 9000; ms += 100) observer.look([], ms);
  expect(lines).toEqual(['held up', 'no longer held up']);
  expect(observer.present).toEqual([]);
});
