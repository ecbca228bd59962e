// What a person sees first: `npm start` to its end, and the validation loss that it reaches.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metricsOf, run } from '../harness/jobs.mjs';
import { decimal } from '../harness/report.mjs';

const root = join(import.meta.dirname, '../..');

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function start({ quick, say }) {
  say('start: npm start');
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'rondo-bench-'));
  try {
    const began = performance.now();
    const words = [scripts.start, '--out', join(folder, 'run'), ...(quick ? ['--set', 'training.steps=10'] : [])];
    await run([words.join(' ')], { cwd: root, shell: true });
    const seconds = (performance.now() - began) / 1000;
    const lines = metricsOf(join(folder, 'run'));
    const { loss } = lines.findLast(({ split }) => split === 'validation') ?? {};
    const rows = [[decimal(seconds), loss.toFixed(3), String(lines.at(-1)?.step)]];
    const columns = ['seconds', 'validation loss, nats a character', 'steps'];
    return {
      title: '`npm start`',
      notes: [],
      tables: [{ columns, rows }],
      bars: { start: loss },
      data: { seconds, loss },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
