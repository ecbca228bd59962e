// One shard's gradients on every engine that works here: 1 layer of 128, embedding 48, 16 sequences of 32 steps, 105 symbols.

import { engineNames } from '@rondo/rnn-core';
import { startNode } from '../harness/contender.mjs';
import { decimal, integer } from '../harness/report.mjs';
import { takeTurns } from '../harness/statistics.mjs';

const work = { hidden: 128, layers: 1, embedding: 48, vocabulary: 105, batch: 16, time: 32 };

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function engines({ seed, effort, say }) {
  const notes = [];
  const data = [];
  for (const cell of ['lstm', 'gru']) {
    const contenders = [];
    for (const engine of engineNames) {
      say(`engines: ${cell} on ${engine}`);
      try {
        contenders.push(await startNode(engine, 'rondo.mjs', { engine, cell, seed, ...work }));
      } catch (error) {
        if (cell === 'lstm') notes.push(reasonOf(error));
      }
    }
    for (const timing of await takeTurns(contenders, effort)) data.push({ cell, ...timing });
    for (const contender of contenders) await contender.stop();
  }
  const rows = data.map(({ cell, name, ms, facts }) => {
    const where = `${facts.description} (${facts.library})`;
    return [cell.toUpperCase(), name, decimal(ms), integer((work.batch * work.time * 1000) / ms), where];
  });
  const columns = ['cell', 'engine', 'ms', 'tokens/s', 'runs on'];
  return { title: "One shard's gradients on every engine", notes, tables: [{ columns, rows }], bars: {}, data };
}

/** The error's own line out of what the process said. @param {unknown} error */
function reasonOf(error) {
  const { message } = /** @type {Error} */ (error);
  return /^\w*Error: (.*)$/m.exec(message)?.[1] ?? message;
}
