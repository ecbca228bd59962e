// A gate: first come, first served, within its limits, whatever becomes of those inside.

import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

test('so many at once, so many in line, and the rest is turned away', async () => {
  const gate = new Gate('files are being read', { slots: 2, waiting: 1 });
  const began: number[] = [];
  const finish: (() => void)[] = [];
  const enter = (number: number) =>
    gate.run(() => {
      began.push(number);
      return new Promise<number>((resolve, reject) => {
        finish.push(() => (number === 1 ? reject(new Error('broken')) : resolve(number)));
      });
    });
  const results = [1, 2, 3].map((number) => enter(number).catch((error: Error) => error.message));
  await expect(enter(4)).rejects.toThrow('2 files are being read and 1 wait: try again in a while');
  expect(began).toEqual([1, 2]);
  finish[0]();
  await expect.poll(() => began).toEqual([1, 2, 3]);
  const fifth = enter(5);
  finish[1]();
  await expect.poll(() => began).toEqual([1, 2, 3, 5]);
  for (const end of finish.slice(2)) end();
  expect(await Promise.all([...results, fifth])).toEqual(['broken', 2, 3, 5]);
  const sixth = enter(6);
  finish[4]();
  expect(await sixth).toBe(6);
});
