// The data plane: 64 MiB of weights to a worker and gradients back over gRPC, beside a plain TCP socket, by bench/wire.mjs.

import { join } from 'node:path';
import { run } from '../harness/jobs.mjs';
import { integer } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const program = join(import.meta.dirname, '../wire.mjs');
const socketName = 'plain TCP socket';

/** @typedef {{ name: string, toWorkerMBps: number, toCoordinatorMBps: number }} Row what bench/wire.mjs prints, of each way */

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function wire({ effort, quick, say }) {
  /** @type {Row[][]} */
  const turns = [];
  // One of them is many transfers already, in turn.
  for (let round = 0; round < (quick ? 1 : Math.ceil(effort.rounds / 2)); round++) {
    say(`wire: round ${round + 1}`);
    turns.push(JSON.parse(await run([process.execPath, program])));
  }
  const rows = turns[0].map(({ name }, index) => ({
    name,
    toWorkerMBps: median(turns.map((turn) => turn[index].toWorkerMBps)),
    toCoordinatorMBps: median(turns.map((turn) => turn[index].toCoordinatorMBps)),
  }));
  const ofBoth = (/** @type {Row | undefined} */ row) =>
    row && { 'wire-out': row.toWorkerMBps, 'wire-back': row.toCoordinatorMBps };
  const grpc = rows.find(({ name }) => name !== socketName);
  return {
    title: 'The wire: 64 MiB between two processes on the loopback',
    notes: ['Medians of transfers that take turns.'],
    tables: [
      {
        columns: ['what', 'MB/s to the worker', 'MB/s to the coordinator'],
        rows: rows.map(({ name, toWorkerMBps, toCoordinatorMBps }) => [
          name,
          integer(toWorkerMBps),
          integer(toCoordinatorMBps),
        ]),
      },
    ],
    bars: { ...ofBoth(grpc) },
    goals: { ...ofBoth(rows.find(({ name }) => name === socketName)) },
    data: turns,
  };
}
