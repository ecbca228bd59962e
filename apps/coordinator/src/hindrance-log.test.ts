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
  for (let ms = 0; ms <= 3000; ms += 100) observer.look([slow(ms)], ms);
  expect(lines).toEqual(['hindered']);
  expect(told).toEqual([1]);
  expect(observer.present).toEqual([slow(3000)]);
});

test('what passes is not said, and what comes back has not ended', () => {
  const { observer, lines } = observe();
  for (let ms = 0; ms < 900; ms += 100) observer.look([slow(2)], ms);
  for (let ms = 900; ms < 3000; ms += 100) observer.look([], ms);
  expect(lines).toEqual([]);
  // It comes and goes.
  for (let ms = 3000; ms <= 6000; ms += 100) observer.look(ms % 400 === 0 ? [slow(2)] : [], ms);
  expect(lines).toEqual(['hindered']);
  for (let ms = 6000; ms <= 9100; ms += 100) observer.look([], ms);
  expect(lines).toEqual(['hindered', 'hindrance over']);
  expect(observer.present).toEqual([]);
});

test('silence is said at once, and over as soon as it is', () => {
  const { observer, lines } = observe();
  const silent: Hindrance = { kind: 'silent', cause: 'network', worker: 'w', reason: 'w is silent' };
  observer.look([silent], 0);
  expect(lines).toEqual(['hindered']);
  observer.look([], 100);
  expect(lines).toEqual(['hindered', 'hindrance over']);
  expect(observer.present).toEqual([]);
});
