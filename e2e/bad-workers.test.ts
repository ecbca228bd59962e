// Workers that compute wrong bits, or nothing finite, or send what does not fit: none of it reaches the weights.

import type { NamedTensor } from '@rondo/protocol';
import { auditDue } from '@rondo/training';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { Relay, type Said } from './relay.ts';

const steps = 24;
/** For long: on a busy machine others may be quicker at all that is a bad worker's in its first steps. */
const long = 4 * steps;
const seed = 3;

function spec(training: string, count = steps): string {
  return `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: watched }
spec:
  task: language-model
  seed: ${seed}
  data: { text: text.txt, unit: character, validation: 0.1 }
  model: { cell: gru, layers: 1, hidden: 12, embedding: 8 }
  training:
    batch: 8
    sequence: 8
    shards: 4
    stateful: true
    optimizer: { name: adam, learningRate: 0.01 }
    steps: ${count}
    validateEvery: 6
    checkpointEvery: 3
    ${training}
  engine: cpu-portable
`;
}

let cluster: Cluster;
/** The bits that a worker without faults gives, and after the long run. */
let right: string;
let longRight: string;
beforeAll(async () => {
  cluster = await Cluster.start('the quick brown fox jumps over the lazy dog, and again. '.repeat(60));
  await cluster.startWorker('a', 'cpu-portable');
  const hashAfter = async (count: number) => {
    const run = await cluster.submit(spec('minWorkers: 1', count));
    await cluster.untilFinished(run);
    return cluster.hashOf(run, count);
  };
  right = await hashAfter(steps);
  longRight = await hashAfter(long);
});
afterAll(() => cluster.stop());

/** What a test alone needs. */
const ends: (() => unknown)[] = [];
beforeEach(({ onTestFailed }) => {
  const { log } = cluster.coordinator;
  log.splice(0);
  onTestFailed(() => {
    for (const line of log) if (line.level !== 'info') console.error(JSON.stringify(line));
  });
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A real worker whose gradients are changed on their way, from the first that `when` names on. @returns its relay. */
async function startBad(
  name: string,
  change: (values: Float32Array, said: Said) => readonly Said[],
  when: (said: Said) => boolean = () => true,
) {
  let begun = false;
  const relay = new Relay(cluster.address, (said) => {
    if (!('gradients' in said.message)) return [said];
    begun ||= when(said);
    return begun ? change(said.tensors[0].data as Float32Array, said) : [said];
  });
  await relay.start();
  const worker = await cluster.startWorker(name, 'cpu-portable', 1, relay.address);
  ends.push(
    () => worker.kill(),
    () => relay.stop(),
  );
  return relay;
}

const flipABit = (values: Float32Array, said: Said) => {
  new Uint32Array(values.buffer, values.byteOffset, 1)[0] ^= 1;
  return [said];
};
const spoil = (values: Float32Array, said: Said) => {
  values[0] = Number.NaN;
  return [said];
};
const reshape = (values: Float32Array, said: Said) => {
  const [{ name }] = said.tensors;
  const tensor = { name, type: 'float32', shape: [values.length + 1], data: new Float32Array(values.length + 1) };
  return [{ ...said, tensors: [tensor as NamedTensor] }];
};

/** The second worker without faults, for the tests that need three. */
async function startB(): Promise<void> {
  if (!cluster.workers.has('b')) await cluster.startWorker('b', 'cpu-portable');
}

const logged = (text: string) => cluster.coordinator.log.filter(({ msg }) => msg === text);

test('two workers that differ stop the run, and both are named', async () => {
  await startBad('liar', flipABit);
  const run = await cluster.submit(spec('audit: 1\n    minWorkers: 2'));
  await expect(cluster.untilFinished(run)).rejects.toThrow(/(liar and a|a and liar) computed different gradients/);
});

test('an audit of everything: no wrong bit is committed, and the culprit is put aside', async () => {
  await startB();
  await startBad('liar', flipABit);
  const run = await cluster.submit(spec('audit: 1\n    minWorkers: 3'));
  await cluster.untilFinished(run);
  expect(cluster.hashOf(run, steps)).toBe(right);
  expect(logged('worker put aside').map(({ worker }) => worker)).toEqual(['liar']);
  expect(logged('going back to an earlier step')).toEqual([]);
  const { workers } = await cluster.list();
  expect(workers.map(({ name }) => name).sort()).toEqual(['a', 'b', 'liar']);
});

test('an audit of a share: the run goes back to before the wrong bits, and ends with the right ones', async () => {
  const audit = 0.5;
  const unaudited = ({ step, node }: Said) => !auditDue({ audit, seed }, step, node);
  /** Steps of wrong gradients that nobody looks at twice, by task. */
  const lies = new Map<number, number>();
  /** One of them counts: its step is over, and no other worker was quicker. From then on all gradients are wrong. */
  let committed = false;
  const lie = (values: Float32Array, said: Said) => {
    committed ||= [...lies].some(([task, step]) => step < said.step && !relay.cancelled.has(task));
    if (!committed && !unaudited(said)) return [said];
    if ('gradients' in said.message) lies.set(Number(said.message.gradients.task), said.step);
    return flipABit(values, said);
  };
  await startB();
  const relay = await startBad('liar', lie, ({ step }) => step > 3);
  const run = await cluster.submit(spec(`audit: ${audit}\n    minWorkers: 3`, long));
  await cluster.untilFinished(run);
  expect(logged('worker put aside').map(({ worker }) => worker)).toEqual(['liar']);
  expect(logged('rolled back')).toHaveLength(1);
  expect(cluster.hashOf(run, long)).toBe(longRight);
  expect(cluster.ledgerOf(run).map(({ step }) => step)).toEqual(Array.from({ length: long }, (_, i) => i + 1));
});

test('gradients that are not finite are computed again by another worker', async () => {
  await startB();
  await startBad('sick', spoil);
  const run = await cluster.submit(spec('minWorkers: 3', long));
  await cluster.untilFinished(run);
  expect(cluster.hashOf(run, long)).toBe(longRight);
  expect(new Set(logged('worker suspect').map(({ worker }) => worker))).toEqual(new Set(['sick']));
  expect(cluster.ledgerOf(run).flatMap(({ nodes }) => nodes.map(({ worker }) => worker))).not.toContain('sick');
});

test('a run that diverges names step, shard and the last good checkpoint', async () => {
  const run = await cluster.submit(spec('minWorkers: 2').replace('learningRate: 0.01', 'learningRate: 1.0e+37'));
  const pattern = /step \d+: the gradient of shards? \d.* is not finite, as computed by .*diverged; /;
  await expect(cluster.untilFinished(run)).rejects.toThrow(pattern);
});

test('a worker that keeps sending what does not fit is put aside, by name', async () => {
  await startB();
  await startBad('misshapen', reshape);
  const run = await cluster.submit(spec('minWorkers: 3', long));
  await cluster.untilFinished(run);
  expect(cluster.hashOf(run, long)).toBe(longRight);
  const refused = logged('task failed').filter(({ worker }) => worker === 'misshapen');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(3);
  expect(refused[0].reason).toMatch(/^gradient .* is none of this run, or came twice/);
});
