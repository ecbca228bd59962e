// What a worker sends of its log: lines of the present run, in order, not more than so many, and how many were left out.

import { logRate, maxLogLineBytes, maxLogLines } from '@rondo/protocol';
import { expect, test, vi } from 'vitest';
import { type RunLines, WorkerLog } from './worker-log.ts';

/** A log whose transport takes a message when it is told to. */
function start() {
  const written: Record<string, unknown>[] = [];
  const sent: RunLines[] = [];
  const taken: ((isTaken: boolean) => void)[] = [];
  const log = new WorkerLog('w', { write: (line) => void written.push(JSON.parse(line)) });
  const send = (lines: RunLines) => {
    sent.push(lines);
    return new Promise<boolean>((resolve) => taken.push(resolve));
  };
  const take = async (isTaken = true) => {
    taken.shift()?.(isTaken);
    await Promise.resolve();
  };
  const messages = () => sent.map(({ lines }) => lines.map((line) => JSON.parse(line).msg as string));
  return { log, written, sent, send, take, messages };
}

test('lines of a run are sent, from info on; others only written', () => {
  vi.stubEnv('RONDO_LOG_LEVEL', 'worker=debug');
  const { log, written, sent, send } = start();
  vi.unstubAllEnvs();
  log.connect(send);
  log.logger.info('engine available');
  log.worker = 'w-2';
  log.begin('r');
  log.logger.debug('task cancelled');
  log.logger.info({ step: 4 }, 'compiled');
  log.pause();
  log.logger.info('connected');
  expect(written.map(({ msg, run, worker }) => [msg, run, worker])).toEqual([
    ['engine available', undefined, 'w'],
    ['task cancelled', 'r', 'w-2'],
    ['compiled', 'r', 'w-2'],
    ['connected', undefined, 'w-2'],
  ]);
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ run: 'r', dropped: 0 });
  expect(JSON.parse(sent[0].lines[0])).toEqual(written[2]);
});

test('one message at a time; what a lost connection did not take is sent over the next one', async () => {
  const { log, send, take, messages } = start();
  log.begin('r');
  log.logger.info('one');
  log.connect(send);
  log.logger.info('two');
  log.logger.info('three');
  expect(messages()).toEqual([['one']]);
  await take();
  expect(messages()).toEqual([['one'], ['two', 'three']]);
  log.connect(undefined);
  await take(false);
  log.logger.info('four');
  log.connect(send);
  expect(messages().slice(2)).toEqual([['two', 'three', 'four']]);
});

test('what waits is of the newest run alone', () => {
  const { log, send, messages } = start();
  log.begin('r');
  log.logger.info('one');
  log.begin('s');
  log.logger.info('two');
  log.connect(send);
  expect(messages()).toEqual([['two']]);
});

test('a chatty worker: what is too much, or too long, is left out and counted', async () => {
  const { log, sent, send, take } = start();
  log.begin('r');
  log.logger.info('x'.repeat(maxLogLineBytes));
  for (let line = 0; line < 1000; line++) log.logger.info('waiting');
  log.connect(send);
  expect(sent[0]).toMatchObject({ dropped: 1 + 1000 - maxLogLines });
  expect(sent[0].lines).toHaveLength(maxLogLines);
  await take();
  // The rate, however quickly the transport takes them.
  for (let line = 0; line < 1000; line++) {
    log.logger.info('sent');
    await take();
  }
  const lines = sent.reduce((sum, message) => sum + message.lines.length, 0);
  expect(lines).toBeGreaterThanOrEqual(logRate.burst);
  expect(lines).toBeLessThan(logRate.burst + 20);
  // What was left out is told a little later, also when no other line comes.
  await vi.waitUntil(() => sent.at(-1)?.lines.length === 0, { timeout: 3000 });
  expect(sent.reduce((sum, { dropped }) => sum + dropped, lines)).toBe(2001);
});
