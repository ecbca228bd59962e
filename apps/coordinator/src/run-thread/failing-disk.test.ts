// A run's thread on a disk that refuses: training goes on, nothing is lost, and what was asked for happens once the disk
// works again. The program runs what was built (`npm test` builds first).

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasSmallDisks, runOnSmallDisk } from '../../../../tools/small-disk.mjs';

const tools = `
import { parseJob } from '@rondo/spec';
import { listCheckpoints, readLog } from '@rondo/storage';
import { ModelArrays } from '@rondo/training';
import { RunThread } from './run-thread/client.js';
import { RunEntry } from './run-entry.js';
const spec = \`apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: fox }
spec:
  task: language-model
  seed: 1
  data: { text: [text.txt], unit: character }
  model: { cell: lstm, layers: 1, hidden: 4, embedding: 4 }
  training: { batch: 4, sequence: 4, shards: 1, steps: 20, optimizer: { name: adam, learningRate: 0.01 } }
\`;
writeFileSync(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog\\n'.repeat(20));
const run = join(folder, 'run');
const job = parseJob(spec, { file: 'spec.yaml' }).job;
let messages = [];
let thread;
function start() {
  thread = new RunThread();
  thread.listen((message) => messages.push(message));
  thread.send({ type: 'open', request: { job, folder: run, resume: true, base: folder } });
}
/** The first message of this type, which it takes out. */
async function said(type, wanted = {}) {
  for (;;) {
    const broken = messages.find((message) => message.type === 'broken');
    assert.equal(broken, undefined);
    const fits = (message) => message.type === type && Object.entries(wanted).every(([key, value]) => message[key] === value);
    const at = messages.findIndex(fits);
    if (at >= 0) return messages.splice(at, 1)[0];
    await sleep(5);
  }
}
let arrays;
let present = 0;
function opened({ run }) {
  arrays = new ModelArrays(run.memory);
  arrays.reserve(1);
}
async function commit(step) {
  for (const [name, values] of Object.entries(arrays.slot(0))) arrays.put(0, name, new Float32Array(values.length).fill(step));
  const root = { first: 0, end: 1 };
  const last = { at: 0, busy: 0, compute: 0 };
  const nodes = [{ ...root, worker: 'w'.repeat(500) }];
  thread.send({ type: 'add', slot: 0, node: root, sum: { lossSum: 1, weight: 8 } });
  const request = { step, to: 1 - present, epoch: 0, positions: [0, 4], nodes, workers: 1, since: 0, last };
  thread.send({ type: 'commit', request });
  await said('committed', { step });
  present = request.to;
  await said('added');
}
const checkpoint = (step) => thread.send({
  type: 'checkpoint',
  request: { step, needed: [], doubts: {}, states: new Map(), program: undefined, arithmetic: { engine: 'cpu', fingerprint: 'f' } },
});
const ledger = () => readLog(join(run, 'ledger.jsonl')).map((line) => JSON.parse(line).step);
`;

function onSmallDisk(source: string): void {
  expect(runOnSmallDisk('1m', join(import.meta.dirname, '../../dist'), tools + source)).toEqual({
    status: 0,
    stderr: '',
  });
}

test.skipIf(!hasSmallDisks)('training goes on on a full disk (needs unshare and mount)', () =>
  onSmallDisk(`
    start();
    opened(await said('opened'));
    for (const step of [1, 2]) await commit(step);
    checkpoint(2);
    await said('checkpoint-written', { step: 2 });
    fill();
    // The rest of a file's last block still takes some lines.
    for (let step = 3; step <= 12; step++) await commit(step);
    await said('disk', { what: 'ledger.jsonl' });
    checkpoint(12);
    const { reason, diverged } = await said('checkpoint-failed', { step: 12 });
    assert.match(reason, /ENOSPC/);
    assert.equal(diverged, false);
    await commit(13);
    assert.ok(ledger().length < 13);
    empty();
    await said('disk', { what: 'ledger.jsonl', fault: undefined });
    assert.deepEqual(ledger(), Array.from({ length: 13 }, (_, i) => i + 1));
    checkpoint(13);
    await said('checkpoint-written', { step: 13 });
    assert.deepEqual(await listCheckpoints(run), [2, 13]);
    // A roll-back waits for the disk: the bad steps must not come back after a crash.
    fill();
    thread.send({ type: 'roll-back', request: { to: 12, vector: 0 } });
    await said('disk', { what: 'roll-back' });
    assert.deepEqual(await listCheckpoints(run), [2, 13]);
    empty();
    assert.equal((await said('rolled-back')).step, 2);
    await said('disk', { what: 'roll-back', fault: undefined });
    assert.deepEqual([await listCheckpoints(run), ledger()], [[2], [1, 2]]);
    present = 0;
    await commit(3);
    await thread.close();`),
);

test.skipIf(!hasSmallDisks)('a thread that waits for the disk can be closed (needs unshare and mount)', () =>
  onSmallDisk(`
    start();
    opened(await said('opened'));
    await commit(1);
    fill();
    thread.send({ type: 'roll-back', request: { to: 0, vector: 0 } });
    await said('disk', { what: 'roll-back' });
    await thread.close();`),
);

test.skipIf(!hasSmallDisks)('a run on a full disk is refused for a while, not for good (needs unshare and mount)', () =>
  onSmallDisk(`
    fill();
    start();
    assert.equal((await said('refused')).passing, 'disk');
    await thread.close();
    empty();
    start();
    opened(await said('opened'));
    await thread.close();`),
);

test.skipIf(!hasSmallDisks)('run.json is tried until the disk has its newest form (needs unshare and mount)', () =>
  onSmallDisk(`
    process.env.RONDO_LOG_LEVEL = 'silent';
    const document = { name: 'folder', phase: 'queued', reason: 'queued', createdAt: '' };
    const entry = new RunEntry(folder, document, job, { base: folder });
    const saved = () => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).phase;
    await entry.update({ phase: 'waiting' });
    fill();
    await entry.update({ phase: 'training' });
    await entry.update({ phase: 'finished' });
    assert.equal(saved(), 'waiting');
    assert.match(entry.diskFaults.get('run.json'), /ENOSPC/);
    const lines = Array.from({ length: 300 }, (_, i) => JSON.stringify({ i, note: 'x'.repeat(50) }));
    for (const line of lines) entry.noteLog(line + '\\n');
    assert.ok(entry.diskFaults.has('log.jsonl'));
    empty();
    while (entry.diskFaults.size > 0) await sleep(20);
    assert.equal(saved(), 'finished');
    assert.deepEqual(readLog(entry.paths.log), lines);`),
);
