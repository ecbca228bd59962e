// The outgoing queue over a plain writable stream: no frame before its turn, none lost, no promise left open.

import { once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ChunkFrame } from './chunk.ts';
import { Broadcast, type Frame } from './frames.ts';
import { defaultLimits } from './limits.ts';
import { Outbox } from './outbox.ts';

const limits = { ...defaultLimits, chunkBytes: 4, maxPendingMessages: 3 };
const tensor = { name: 'w', type: 'float32' as const, shape: [100], data: new Float32Array(100) };
const weights = () => new Broadcast({ weights: { run: 'r', step: 1 } }, [tensor], limits.chunkBytes);
const idle = () => new Broadcast({ idle: { reason: '' } });

/** A stream that takes a frame when told to, and would keep 16 waiting. */
function transport() {
  const taken: string[] = [];
  const callbacks: (() => void)[] = [];
  const stream = new Writable({
    objectMode: true,
    highWaterMark: 16,
    write(frame: Frame, _, done) {
      taken.push(frame instanceof ChunkFrame ? 'chunk' : Object.keys(frame)[0]);
      callbacks.push(done);
    },
  });
  const outbox = new Outbox((frame, done) => stream.write(frame, done), limits);
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
  const sent = outbox.add(weights());
  expect(stream.writableLength).toBe(1);
  await takeAll();
  expect(await sent).toBe(true);
  expect(outbox.pendingBytes).toBe(0);
});

test('a message never overtakes another', async () => {
  const { outbox, taken, takeAll } = transport();
  const sent = [outbox.add(weights()), outbox.add(idle()), outbox.add(weights())];
  await takeAll();
  expect(await Promise.all(sent)).toEqual([true, true, true]);
  expect(taken).toEqual(['weights', ...Array(100).fill('chunk'), 'idle', 'weights', ...Array(100).fill('chunk')]);
});

test('a full queue is a fault, and what was queued stays', async () => {
  const { outbox, taken, takeAll } = transport();
  const sent = [1, 2, 3].map(() => outbox.add(idle()));
  expect(() => outbox.add(idle())).toThrow('3 messages with 0 bytes wait to be sent');
  await takeAll();
  expect(await Promise.all(sent)).toEqual([true, true, true]);
  expect(taken).toHaveLength(3);
});

test('closing tells every sender', async () => {
  const { stream, outbox } = transport();
  const sent = [outbox.add(weights()), outbox.add(weights())];
  outbox.close();
  expect(await Promise.all(sent)).toEqual([false, false]);
  expect(await outbox.add(weights())).toBe(false);
  expect(outbox.pendingBytes).toBe(0);
  stream.destroy();
  await once(stream, 'close');
});
