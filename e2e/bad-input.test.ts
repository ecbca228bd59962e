// Thousands of generated malformed messages, calls and specs against a real coordinator: each is refused with a reason, the
// coordinator stays up, its memory flat, and a healthy worker beside them is served all the while.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { channelOptions, JobService } from '@rondo/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { anyMessage, badScript, text, u32, u64 } from './bad-messages.ts';
import { type BadSpec, badFiles, badSpec, goodSpec } from './bad-specs.ts';
import { Cluster } from './cluster.ts';
import { encode, hello, offer, type RawWorker, RawWorkers } from './raw-worker.ts';
import { answerTo, badAnswers } from './zero-answers.ts';

const MiB = 2 ** 20;
/** Garbage that V8 has not collected yet is in it too. */
const memoryBound = 192 * MiB;
/** What is under way at once. */
const together = 10;

let cluster: Cluster;
let workers: RawWorkers;
let jobs: InstanceType<typeof JobService>;
let healthy: RawWorker;
let served = 0;
let run: string;
let before: { readonly memory: number; readonly threads: number };

beforeAll(async () => {
  cluster = await Cluster.start('to be or not to be, that is the question. '.repeat(20));
  workers = new RawWorkers(cluster.address);
  jobs = new JobService(cluster.address, credentials.createInsecure(), channelOptions);
  healthy = workers.open(({ assignment }, worker) => {
    if (!assignment) return;
    served += 1;
    setTimeout(() => worker.say(...answerTo(assignment)), 5);
  });
  healthy.say({ hello: { ...hello, name: 'healthy' } });
  run = await cluster.submit(goodSpec('healthy'));
  await vi.waitUntil(() => served > 0, { timeout: 20_000 });
  // A job is refused, which leaves a thread that looked at it for the next.
  await cluster.submit(goodSpec('no-text').replace('text.txt', 'none.txt')).catch(() => {});
  // Code is compiled, buffers are made.
  for (const script of fc.sample(badScript, { numRuns: 100, seed: 1 })) await workers.say(script.messages);
  before = usage();
});

afterAll(async () => {
  workers.close();
  jobs.close();
  await cluster.stop();
});

/** Of the coordinator's process: resident bytes and threads. */
function usage(): { memory: number; threads: number } {
  const folder = `/proc/${cluster.coordinator.child.pid}`;
  if (!existsSync(folder)) return { memory: 0, threads: 0 };
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`${folder}/status`, 'utf8')) ?? [];
  return { memory: Number(kib) * 1024, threads: readdirSync(`${folder}/task`).length };
}

/** Several at once, so that they can meet. */
const several = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: together, maxLength: together });

test('400 messages that break the protocol are refused, each for its reason', async () => {
  const servedBefore = served;
  await fc.assert(
    fc.asyncProperty(several(badScript), async (scripts) => {
      await Promise.all(
        scripts.map(async ({ messages, reason }) => {
          const { code, details } = await workers.say(messages);
          expect(details).toMatch(reason);
          expect([status.INVALID_ARGUMENT, status.FAILED_PRECONDITION, status.RESOURCE_EXHAUSTED]).toContain(code);
        }),
      );
    }),
    { numRuns: 400 / together, endOnFailure: true },
  );
  expect(served).toBeGreaterThan(servedBefore);
});

test('400 messages of arbitrary fields, some of them damaged, do no harm', async () => {
  const servedBefore = served;
  const damage = fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 3 });
  const script = fc.record({
    greets: fc.boolean(),
    messages: fc.array(fc.tuple(anyMessage, damage), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(several(script), async (scripts) => {
      await Promise.all(
        scripts.map(async ({ greets, messages }) => {
          const worker = workers.open();
          if (greets) worker.say({ hello });
          for (const [message, change] of messages) {
            const bytes = encode(message);
            if (change !== null && bytes.length > 0) bytes[change[0] % bytes.length] = change[1];
            worker.say(bytes);
          }
          worker.end();
          const { code, details } = await worker.ended;
          expect(code === status.OK || details !== '').toBe(true);
        }),
      );
    }),
    { numRuns: 400 / together, endOnFailure: true },
  );
  expect(served).toBeGreaterThan(servedBefore);
});

test.each(Object.entries(badAnswers))('an answer %s is refused, and the worker is named', async (name, answer) => {
  const worker = workers.open(({ assignment }) => assignment && worker.say(...answer.messages(assignment)));
  worker.say({ hello: { ...hello, name, engines: [offer] } });
  const { code, details } = await worker.ended;
  expect(details).toMatch(answer.reason);
  expect(code).toBe(status.INVALID_ARGUMENT);
  const { reason } = await cluster.coordinator.until(({ msg, worker }) => msg === 'worker left' && worker === name);
  expect(reason).toBe(details);
});

test('400 calls with arbitrary fields are answered, or refused with a reason', async () => {
  const call = fc.oneof(
    fc.record({ method: fc.constantFrom('status', 'control'), run: text, action: u32 }),
    fc.record({ method: fc.constantFrom('watch', 'logs', 'fetch'), run: text, fromStep: u64, follow: fc.boolean() }),
    fc.record({ method: fc.constant('watch'), run: fc.constant('healthy-1'), fromStep: u64 }),
    fc.record({
      method: fc.constant('control'),
      run: fc.constant('healthy-1'),
      action: u32.filter((n) => n > 3 || n < 1),
    }),
    fc.record({ method: fc.constant('submit'), spec: text, file: text, overrides: fc.array(text, { maxLength: 120 }) }),
    fc.record({ method: fc.constant('list') }),
  );
  await fc.assert(
    fc.asyncProperty(several(call), async (calls) => {
      await Promise.all(
        calls.map(async ({ method, ...request }) => expect(await outcome(method, request)).not.toBe('')),
      );
    }),
    { numRuns: 400 / together, endOnFailure: true },
  );
});

/** How a call ends: `ok`, or the code and the reason of its failure. */
function outcome(method: string, request: object): Promise<string> {
  const deadline = Date.now() + 10_000;
  return new Promise((resolve) => {
    const settle = (error: ServiceError | null) => {
      const harmless = error !== null && error.code !== status.INTERNAL && error.code !== status.DEADLINE_EXCEEDED;
      resolve(error === null || (harmless && error.details !== '') ? `${error?.code ?? 'ok'}` : '');
    };
    if (['watch', 'logs', 'fetch'].includes(method)) {
      const stream = jobs[method as 'watch'](request, { deadline });
      stream.on('data', () => stream.cancel());
      stream.on('error', settle);
      stream.on('end', () => settle(null));
    } else jobs[method as 'list'](request, { deadline }, settle);
  });
}

test('210 damaged specs are refused with their faults, and leave nothing behind', async () => {
  const submit = promisify(jobs.submit.bind(jobs)) as (request: object) => Promise<{ run: string; faults: string[] }>;
  const folders = readdirSync(cluster.runFolder('.'));
  const refused = (specs: fc.Arbitrary<BadSpec>) =>
    fc.asyncProperty(several(specs), async (all) => {
      await Promise.all(
        all.map(async ({ spec, overrides }) => {
          const { run: name, faults } = await submit({ spec, overrides, file: 'bad.yaml' });
          expect(name).toBe('');
          expect(faults.length).toBeGreaterThan(0);
          for (const fault of faults) {
            expect(fault).toMatch(/^(bad\.yaml:\d+:\d+|--set )/);
            expect(fault.length).toBeLessThan(3000);
          }
        }),
      );
    });
  await fc.assert(refused(badSpec), { numRuns: 200 / together });
  await fc.assert(refused(badFiles), { numRuns: 1 });
  expect(readdirSync(cluster.runFolder('.'))).toEqual(folders);
});

test('after all of it the coordinator is as before', async () => {
  const servedBefore = served;
  const here = async () => (await cluster.list()).workers.filter(({ state }) => state !== 'gone');
  await vi.waitUntil(async () => (await here()).length === 1);
  const connected = await here();
  const { runs } = await cluster.list();
  expect(connected).toMatchObject([{ name: 'healthy', state: expect.stringMatching(/computing|ready/) }]);
  expect(runs).toMatchObject([{ name: run, phase: 'PHASE_TRAINING' }]);
  await vi.waitUntil(() => served > servedBefore + 3);
  expect(cluster.ledgerOf(run).flatMap(({ nodes }) => nodes.map(({ worker }) => worker))).toContain('healthy');
  if (before.threads === 0) console.warn('no /proc here: memory and threads are not looked at');
  await vi.waitUntil(() => usage().threads <= before.threads);
  expect(usage().memory - before.memory).toBeLessThan(memoryBound);
  expect(cluster.coordinator.log.filter(({ level }) => level === 'fatal')).toEqual([]);
});
