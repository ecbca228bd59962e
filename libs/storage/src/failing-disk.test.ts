// Disks that are full or read-only, real ones. The programs on them run what was built (`npm test` builds first).

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasSmallDisks, runOnSmallDisk } from '../../../tools/small-disk.mjs';

const tools = `
import { LogFile, listCheckpoints, loadCheckpoint, openRun, pruneCheckpoints, readLog, replaceFile, writeCheckpoint } from '@rondo/storage';
const path = join(folder, 'ledger.jsonl');
const reports = [];
const log = () => new LogFile(path, (fault) => reports.push(fault?.slice(0, 6)));
const line = (step) => JSON.stringify({ step, note: 'x'.repeat(step % 200) });
const lines = (count) => Array.from({ length: count }, (_, i) => line(i + 1));
const state = (step) => ({ step, epoch: 0, stepInEpoch: 0, ledgerHead: '', engine: 'cpu', fingerprint: '' });
const tensors = (step) => {
  const w = { shape: [5000], data: new Float32Array(5000).fill(step) };
  return { weights: { w }, optimizer: { w } };
};
const write = (step, of = step) => writeCheckpoint(folder, state(step), tensors(of));
const entries = () => readdirSync(join(folder, 'checkpoints')).sort();
const first = async (step) => (await loadCheckpoint(folder, step)).tensors.weights.w.data[0];
`;

function onSmallDisk(source: string): void {
  expect(runOnSmallDisk('256k', join(import.meta.dirname, '../dist'), tools + source)).toEqual({
    status: 0,
    stderr: '',
  });
}

describe.skipIf(!hasSmallDisks)('a disk that refuses (needs unshare and mount)', () => {
  test('a log on a full disk: nothing is lost, no line is torn, said once when it begins and once when it ends', () =>
    onSmallDisk(`
      const file = log();
      for (const step of lines(10)) file.append(step);
      fill();
      for (const step of lines(3000).slice(10)) file.append(step);
      assert.ok(file.waiting > 2900, String(file.waiting));
      assert.deepEqual(reports, ['ENOSPC']);
      await assert.rejects(file.sync(), /ledger.jsonl: ENOSPC/);
      const taken = readFileSync(path, 'utf8');
      assert.equal(taken, lines(3000 - file.waiting).map((step) => step + '\\n').join(''));
      empty();
      // Larger than the disk: some lines find room, the others go on waiting.
      file.append(line(3001));
      assert.equal(readFileSync(path, 'utf8').at(-1), '\\n');
      assert.deepEqual(reports, ['ENOSPC']);
      assert.deepEqual(file.lines(), lines(3001));
      file.keep(500);
      assert.equal(file.waiting, 0);
      assert.deepEqual(reports, ['ENOSPC', undefined]);
      file.append(line(501));
      await file.sync();
      assert.deepEqual(readLog(path), lines(501));`));

  test('a log on a full disk is tried again by itself', () =>
    onSmallDisk(`
      const file = log();
      fill();
      for (const step of lines(100)) file.append(step);
      empty();
      while (file.waiting > 0) await sleep(50);
      assert.deepEqual(readLog(path), lines(100));
      assert.deepEqual(reports, ['ENOSPC', undefined]);`));

  test('a log on a read-only disk; a cut waits too', () =>
    onSmallDisk(`
      const before = log();
      for (const step of lines(20)) before.append(step);
      before.close();
      remount('ro');
      const file = log();
      file.keep(15);
      file.append(line(16));
      file.append(line(99));
      file.keep(16);
      assert.deepEqual(file.lines(), lines(16));
      assert.deepEqual(reports, ['EROFS:']);
      remount('rw');
      file.append(line(17));
      assert.deepEqual(reports, ['EROFS:', undefined]);
      assert.deepEqual(readLog(path), lines(17));`));

  test('a log that somebody else cut short is not gone on with', () =>
    onSmallDisk(`
      const file = log();
      for (const step of lines(20)) file.append(step);
      fill();
      for (const step of lines(200).slice(20)) file.append(step);
      writeFileSync(path, '');
      empty();
      file.append(line(201));
      assert.equal(readLog(path).length, 0);
      await assert.rejects(file.sync(), /ledger.jsonl: it has 0 bytes, \\d+ were written/);`));

  test.each(['full', 'read-only'])('a checkpoint on a %s disk leaves the older ones and nothing else', (kind) =>
    onSmallDisk(`
      await write(1);
      await write(2);
      ${kind === 'full' ? 'fill()' : "remount('ro')"};
      const refused = { code: '${kind === 'full' ? 'ENOSPC' : 'EROFS'}' };
      await assert.rejects(write(3), refused);
      // Another one of the same step, other content.
      await assert.rejects(write(2, 9), refused);
      assert.deepEqual(entries(), ['step-00000001', 'step-00000002']);
      assert.deepEqual([await first(1), await first(2)], [1, 2]);
      ${kind === 'full' ? 'empty()' : "remount('rw')"};
      await write(2, 9);
      await write(3);
      assert.deepEqual([await first(1), await first(2), await first(3)], [1, 9, 3]);
      await pruneCheckpoints(folder, 1);
      assert.deepEqual(entries(), ['step-00000003']);`),
  );

  test('a full disk neither tears a document nor leaves a lock that nobody holds', () =>
    onSmallDisk(`
      const document = join(folder, 'run.json');
      await replaceFile(document, 'old');
      writeFileSync(join(folder, 'spec.yaml'), '');
      fill();
      await assert.rejects(replaceFile(document, 'new'), { code: 'ENOSPC' });
      assert.equal(readFileSync(document, 'utf8'), 'old');
      await assert.rejects(openRun(folder, { resume: true, onLost: assert.fail }), { code: 'ENOSPC' });
      assert.deepEqual(readdirSync(folder).sort(), ['filler', 'run.json', 'spec.yaml']);
      empty();
      const run = await openRun(folder, { resume: true, onLost: assert.fail });
      await run.release();`));

  test('a lock on a disk that turns read-only is kept', () =>
    onSmallDisk(`
      writeFileSync(join(folder, 'spec.yaml'), '');
      const run = await openRun(folder, { resume: true, onLost: (fault) => assert.fail(fault) });
      remount('ro');
      await sleep(2500);
      await assert.rejects(run.release(), { code: 'EROFS' });`));
});
