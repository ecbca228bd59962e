// A run's steps, checkpoints and roll-backs on a real disk, with gradients made up; what a crash leaves at every stage.

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJob, type TrainingJob } from '@rondo/spec';
import { checkpointPath, listCheckpoints, loadCheckpoint, readLog } from '@rondo/storage';
import { type LedgerLine, metricsHead, metricsRoot, verifyLedger } from '@rondo/training';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Checkpoints } from './checkpoints.ts';
import type { FromRun } from './messages.ts';
import { openTrainingRun, type Run } from './open-run.ts';
import { restoreRun, rollBack } from './restore.ts';
import { weightVectors } from './run-model.ts';
import { addNode, commitStep, recordValidation } from './steps.ts';

const shards = 2;
const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: fox }
spec:
  task: language-model
  seed: 1
  data: { text: [text.txt], unit: character }
  model: { cell: lstm, layers: 1, hidden: 4, embedding: 4 }
  training:
    batch: 4
    sequence: 4
    shards: ${shards}
    steps: 20
    validateEvery: 4
    checkpointEvery: 2
    keep: 3
    optimizer: { name: adam, learningRate: 0.01 }
`;

let base: string;
let folder: string;
let open: Run[];
let sent: FromRun[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'rondo-run-thread-'));
  folder = join(base, 'run');
  writeFileSync(join(base, 'text.txt'), 'the quick brown fox jumps over the lazy dog\n'.repeat(20));
  open = [];
  sent = [];
});
afterEach(async () => {
  for (const run of open) await crash(run);
  rmSync(base, { recursive: true, force: true });
});

const send = (message: FromRun) => void sent.push(message);
const events = { lost: (fault: Error) => expect.unreachable(fault.message), disk: expect.unreachable };

async function resume(): Promise<{ run: Run; checkpoints: Checkpoints; notes: readonly string[] }> {
  const { job } = parseJob(spec, { file: 'spec.yaml' }) as { job: TrainingJob };
  const { run, opened } = await openTrainingRun({ job, folder, resume: true, base }, events);
  open.push(run);
  run.model.arrays.reserve(shards + 1);
  return { run, checkpoints: new Checkpoints(run, { send, disk: () => {} }), notes: opened.notes };
}

/** As a process that is gone: nothing more is written, and nobody holds the folder. */
async function crash(run: Run): Promise<void> {
  open.splice(open.indexOf(run), 1);
  run.ledger.close();
  run.metrics.close();
  await run.folder.release();
}

/** A step with a gradient that depends on the step alone. */
function commit(run: Run, step: number, value = step): void {
  const { arrays } = run.model;
  for (let shard = 0; shard < shards; shard++) {
    for (const [name, values] of Object.entries(arrays.slot(shard))) {
      arrays.put(shard, name, new Float32Array(values.length).fill(value + shard));
    }
    addNode(run, { first: shard, end: shard + 1 }, { slot: shard, lossSum: step, weight: 8 }, send);
  }
  const nodes = [{ first: 0, end: shards, worker: 'w' }];
  const last = { at: 0, busy: 0, compute: 0 };
  // No vector that a checkpoint still reads.
  const to = (run.model.from + 1) % weightVectors;
  const { epoch, from, to: end } = run.inspected.batches.place(step);
  commitStep(run, { step, to, epoch, positions: [from, end], nodes, workers: 1, since: 0, last }, send);
}

const arithmetic = { engine: 'cpu', fingerprint: 'f' } as const;
const request = (step: number, needed: number[] = []) => ({
  step,
  needed,
  doubts: {},
  program: undefined as never,
  states: new Map(),
  arithmetic,
});

/** Steps up to `to`, a checkpoint after every second one. */
async function train({ run, checkpoints }: Awaited<ReturnType<typeof resume>>, to: number): Promise<void> {
  for (let step = run.committed + 1; step <= to; step++) {
    commit(run, step);
    if (step % 2 === 0) await checkpoints.begin(request(step));
  }
  await checkpoints.settled();
}

const model = ({ model: { arrays, from, state } }: Run) =>
  [from, ...state].map((vector) => Object.values(arrays.vector(vector)).map((values) => [...values]));
const ledgerSteps = () => readLog(join(folder, 'ledger.jsonl')).map((line) => (JSON.parse(line) as LedgerLine).step);
const stepsTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
const ofType = <Type extends FromRun['type']>(type: Type) =>
  sent.filter((message): message is Extract<FromRun, { type: Type }> => message.type === type);

describe('a checkpoint', () => {
  test('is of its step, though steps are taken while it is written', async () => {
    const { run, checkpoints } = await resume();
    commit(run, 1);
    commit(run, 2);
    const [weights] = model(run);
    const { head } = run.ledger;
    await checkpoints.begin(request(2));
    commit(run, 3);
    commit(run, 4);
    expect(ofType('checkpoint-written')).toEqual([]);
    await checkpoints.settled();
    const { seconds, blockedSeconds } = ofType('checkpoint-written')[0];
    expect(blockedSeconds).toBeLessThan(seconds);
    const { state, tensors } = await loadCheckpoint(folder, 2);
    expect(state).toMatchObject({ step: 2, ledgerHead: head });
    expect(Object.keys(tensors.weights ?? {}).length).toBe(weights.length);
    for (const [name, { data }] of Object.entries(tensors.weights ?? {})) {
      const at = Object.keys(run.model.weights).indexOf(name);
      expect([...data]).toEqual(weights[at]);
    }
    // The run goes on from it to the same bits.
    const after = model(run);
    await crash(run);
    const again = await resume();
    expect(ledgerSteps()).toEqual([1, 2]);
    commit(again.run, 3);
    commit(again.run, 4);
    expect(model(again.run)).toEqual(after);
  });

  test('waits for the one before', async () => {
    const { run, checkpoints } = await resume();
    commit(run, 1);
    await checkpoints.begin(request(1));
    commit(run, 2);
    await checkpoints.begin(request(2));
    expect(ofType('checkpoint-written').map(({ step }) => step)).toEqual([1]);
    await checkpoints.settled();
    expect(await listCheckpoints(folder)).toEqual([1, 2]);
  });

  test('of weights that are not finite is never written', async () => {
    const { run, checkpoints } = await resume();
    await train({ run, checkpoints, notes: [] }, 2);
    commit(run, 3);
    Object.values(run.model.weights)[1][0] = Number.NaN;
    await checkpoints.begin(request(3));
    expect(ofType('checkpoint-failed')).toEqual([
      { type: 'checkpoint-failed', step: 3, reason: 'the weights after step 3 are not finite', diverged: true },
    ]);
    expect(await listCheckpoints(folder)).toEqual([2]);
  });

  test('that fails says why; the next one is written', async () => {
    const { run, checkpoints } = await resume();
    writeFileSync(join(folder, 'checkpoints'), 'in the way');
    commit(run, 1);
    await checkpoints.begin(request(1));
    await checkpoints.settled();
    expect(ofType('checkpoint-failed')).toMatchObject([{ step: 1, reason: /EEXIST/, diverged: false }]);
    rmSync(join(folder, 'checkpoints'));
    await train({ run, checkpoints, notes: [] }, 2);
    expect(await listCheckpoints(folder)).toEqual([2]);
  });

  test('that a roll-back may need is kept', async () => {
    const { run, checkpoints } = await resume();
    await train({ run, checkpoints, notes: [] }, 6);
    for (const step of [7, 8, 9, 10]) {
      commit(run, step);
      await checkpoints.begin(request(step, [5]));
    }
    await checkpoints.settled();
    expect(await listCheckpoints(folder)).toEqual([4, 8, 9, 10]);
  });
});

describe('a roll-back', () => {
  test('goes to the newest checkpoint at or before its step, and on to the same bits', async () => {
    const { run, checkpoints } = await resume();
    await train({ run, checkpoints, notes: [] }, 6);
    const good = model(run);
    await rollBack(run, 0);
    expect(await listCheckpoints(folder)).toEqual([]);
    expect(ledgerSteps()).toEqual([]);
    await train({ run, checkpoints, notes: [] }, 4);
    commit(run, 5, 99);
    await checkpoints.begin(request(5));
    commit(run, 6);
    await checkpoints.settled();
    recordValidation(run, { step: 6, epoch: 0, lossSum: 1, weight: 1, seconds: 1, workers: 1 }, undefined);
    run.model.reset(0, () => {});
    const { step, validated } = await rollBack(run, 4);
    expect({ step, validated }).toEqual({ step: 4, validated: false });
    expect(await listCheckpoints(folder)).toEqual([2, 4]);
    expect([ledgerSteps(), readLog(join(folder, 'metrics.jsonl')).length]).toEqual([[1, 2, 3, 4], 4]);
    commit(run, 5);
    commit(run, 6);
    expect(model(run)).toEqual(good);
    const { faults, lines } = verifyLedger(readLog(join(folder, 'ledger.jsonl')));
    expect(lines).toHaveLength(6);
    expect(faults).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('.') && !name.startsWith('.lock'))).toEqual([]);
  });

  test('gives the nodes of the step under way back, and puts the weights where it is told', async () => {
    const { run } = await resume();
    commit(run, 1);
    addNode(run, { first: 1, end: 2 }, { slot: 1, lossSum: 1, weight: 1 }, send);
    const freed: number[] = [];
    const { from } = run.model;
    run.model.reset(from === 0 ? 1 : 0, (slot) => freed.push(slot));
    expect(freed).toEqual([1]);
    await rollBack(run, 0);
    commit(run, 1);
    expect(run.committed).toBe(1);
  });

  test('that a crash cut short is finished when the run is opened', async () => {
    const first = await resume();
    await train(first, 6);
    await crash(first.run);
    // All that it had come to.
    writeFileSync(join(folder, '.roll-back'), '{"to":3}');
    const { run } = await resume();
    expect(run.committed).toBe(2);
    expect(await listCheckpoints(folder)).toEqual([2]);
    await crash(run);
    const again = await resume();
    await train(again, 6);
    await restoreRun(again.run);
    expect(again.run.committed).toBe(6);
  });
});

describe('after kill -9', () => {
  test('temporary files are removed, lines past the checkpoint cut, torn lines too', async () => {
    const first = await resume();
    await train(first, 4);
    commit(first.run, 5);
    await crash(first.run);
    for (const name of ['.spec.yaml-1-1', '.run.json-1-12', join('checkpoints', '.step-00000006-1')]) {
      writeFileSync(join(folder, name), '');
    }
    appendFileSync(join(folder, 'ledger.jsonl'), '{"step":6,"no');
    appendFileSync(join(folder, 'metrics.jsonl'), '{"step":6');
    await resume();
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual(['.lock-1']);
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual(['step-00000002', 'step-00000004']);
    expect(ledgerSteps()).toEqual(stepsTo(4));
  });

  test('a torn checkpoint is set aside, so that it does not push good ones out', async () => {
    const first = await resume();
    await train(first, 6);
    await crash(first.run);
    for (const step of [4, 6]) writeFileSync(join(checkpointPath(folder, step), 'weights.safetensors'), '');
    const again = await resume();
    expect(again.run.committed).toBe(2);
    expect(again.notes).toEqual([
      expect.stringMatching(/step 6 is set aside: .*weights.safetensors: its 0 bytes/),
      expect.stringMatching(/step 4 is set aside/),
    ]);
    commit(again.run, 3);
    await again.checkpoints.begin(request(3));
    await again.checkpoints.settled();
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual([
      'refused-step-00000004',
      'refused-step-00000006',
      'step-00000002',
      'step-00000003',
    ]);
  });

  test.each(['ledger.jsonl', 'metrics.jsonl'])('a %s that ends before the checkpoint is refused', async (name) => {
    const first = await resume();
    await train(first, 4);
    await crash(first.run);
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1));
    await expect(resume()).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringMatching(
        `${name} is not the one that .*step-00000004 was written after: a line is missing`,
      ),
    });
  });

  test.each([
    ['that came before the checkpoint stays', 1, 3],
    ['that came after it goes, and comes again', undefined, 2],
  ])('a validation %s', async (_, validationLoss, lines) => {
    const first = await resume();
    const validate = () =>
      recordValidation(first.run, { step: 2, epoch: 0, lossSum: 1, weight: 1, seconds: 1, workers: 1 }, undefined);
    commit(first.run, 1);
    commit(first.run, 2);
    if (validationLoss !== undefined) validate();
    await first.checkpoints.begin(request(2), validationLoss === undefined ? undefined : { validationLoss });
    await first.checkpoints.settled();
    if (validationLoss === undefined) validate();
    commit(first.run, 3);
    await crash(first.run);
    const { run } = await resume();
    const metrics = readLog(join(folder, 'metrics.jsonl'));
    expect(metrics).toHaveLength(lines);
    commit(run, 3);
    const [head, another] = [run.metrics.head, readLog(join(folder, 'metrics.jsonl'))];
    expect(another.slice(0, -1)).toEqual(metrics);
    expect(another.reduce(metricsHead, metricsRoot)).toBe(head);
    expect(JSON.parse(readLog(join(folder, 'ledger.jsonl'))[2]).metrics).toBe(head);
  });

  test.each(['ledger.jsonl', 'metrics.jsonl'])('a last line of %s that is another is refused', async (name) => {
    const first = await resume();
    commit(first.run, 1);
    recordValidation(first.run, { step: 1, epoch: 0, lossSum: 1, weight: 1, seconds: 1, workers: 1 }, undefined);
    await first.checkpoints.begin(request(1), { validationLoss: 1 });
    await first.checkpoints.settled();
    await crash(first.run);
    const path = join(folder, name);
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .replace(/"hash":"./, '"hash":"x')
        .replace('"loss":1,', '"loss":2,'),
    );
    await expect(resume()).rejects.toMatchObject({ code: 'run-damaged', message: expect.stringContaining(name) });
  });

  test('a torn spec.yaml is refused with its line', async () => {
    const first = await resume();
    await crash(first.run);
    writeFileSync(join(folder, 'spec.yaml'), spec.slice(0, 120));
    await expect(resume()).rejects.toThrow(/spec.yaml:\d+/);
  });
});
