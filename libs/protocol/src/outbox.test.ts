// The outgoing queue over a plain writable stream: no frame before its turn, none lost, no promise left open.

import { once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Frame } from './frames.ts';
import { defaultLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

const limits = { ...defaultLimits, chunkBytes: 4, maxPendingMessages: 3 };
const weights = { weights: { run: 'r', step: 1 } };
const tensors = [{ name: 'w', shape: [100], data: new Float32Array(100) }];

/** A stream that takes a frame when told to, and keeps 16 waiting. */
function transport() {
  const taken: string[] = [];
  const callbacks: (() => void)[] = [];
  const stream = new Writable({
    objectMode: true,
    highWaterMark: 16,
    write(frame: Frame, _, done) {
      taken.push(Object.keys(frame)[0]);
      callbacks.push(done);
    },
  });
  const outbox = new Outbox((frame, done) => stream.write(frame, done), limits);
  stream.on('drain', () => outbox.resume());
  const takeAll = async () => {
    while (stream.writableLength > 0) {
      callbacks.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { stream, outbox, taken, takeAll };
}

test('frames are made only as the transport takes them', async () => {
  const { stream, outbox, takeAll } = transport();
  const sent = outbox.add(weights, tensors);
  expect(stream.writableLength).toBe(16);
  await takeAll();
  expect(await sent).toBe(true);
  expect(outbox.pendingBytes).toBe(0);
});

test('a message never overtakes another', async () => {
  const { outbox, taken, takeAll } = transport();
  const sent = [outbox.add(weights, tensors), outbox.add({ idle: { reason: '' } }, []), outbox.add(weights, [])];
  await takeAll();
  expect(await Promise.all(sent)).toEqual([true, true, true]);
  expect(taken).toEqual(['weights', ...Array(100).fill('chunk'), 'idle', 'weights']);
});

test('a full queue is a fault, and what was queued stays', async () => {
  const { outbox, taken, takeAll } = transport();
  const sent = [1, 2, 3].map(() => outbox.add({ idle: { reason: '' } }, []));
  expect(() => outbox.add({ idle: { reason: '' } }, [])).toThrow('3 messages with 0 bytes wait to be sent');
  await takeAll();
  expect(await Promise.all(sent)).toEqual([true, true, true]);
  expect(taken).toHaveLength(3);
});

test('closing tells every sender', async () => {
  const { stream, outbox } = transport();
  const sent = [outbox.add(weights, tensors), outbox.add(weights, tensors)];
  outbox.close();
  expect(await Promise.all(sent)).toEqual([false, false]);
  expect(await outbox.add(weights, tensors)).toBe(false);
  expect(outbox.pendingBytes).toBe(0);
  stream.destroy();
  await once(stream, 'close');
});
