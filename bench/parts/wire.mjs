// The data plane: 64 MiB of weights to a worker and gradients back over gRPC, beside a raw TCP socket of Node.

import { join } from 'node:path';
import { startNode } from '../harness/contender.mjs';
import { run } from '../harness/jobs.mjs';
import { integer } from '../harness/report.mjs';
import { median } from '../harness/statistics.mjs';

const program = join(import.meta.dirname, '../wire.mjs');
const bytes = 64 * 2 ** 20;
/** Of one turn of the socket; the first is left out. */
const transfers = 5;

/** @typedef {{ chunkKiB?: number, toWorkerMBps: number, toCoordinatorMBps: number }} Row MB/s, of one size of chunks */

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function wire({ effort, quick, say }) {
  const socket = await startNode('raw TCP socket', 'socket.mjs', { bytes });
  /** @type {{ grpc: Row[], raw: Row }[]} */
  const turns = [];
  for (let round = 0; round < (quick ? 1 : effort.rounds); round++) {
    say(`wire: round ${round + 1}`);
    /** @type {Row[]} */
    const grpc = [JSON.parse(await run([process.execPath, program]))].flat();
    const { outMs, backMs } = await socket.round(transfers + 1);
    const speed = (/** @type {unknown} */ ms) => bytes / 1000 / median(/** @type {number[]} */ (ms).slice(1));
    turns.push({ grpc, raw: { toWorkerMBps: speed(outMs), toCoordinatorMBps: speed(backMs) } });
  }
  await socket.stop();
  const middle = (/** @type {(turn: (typeof turns)[number]) => Row} */ of) => ({
    ...of(turns[0]),
    toWorkerMBps: median(turns.map((turn) => of(turn).toWorkerMBps)),
    toCoordinatorMBps: median(turns.map((turn) => of(turn).toCoordinatorMBps)),
  });
  const raw = middle((turn) => turn.raw);
  const grpc = turns[0].grpc.map((_, index) => middle((turn) => turn.grpc[index]));
  const slower = (/** @type {Row} */ row) => Math.min(row.toWorkerMBps, row.toCoordinatorMBps);
  const best = grpc.reduce((one, other) => (slower(other) > slower(one) ? other : one));
  const row = (/** @type {string} */ name, /** @type {Row} */ { toWorkerMBps, toCoordinatorMBps }) => [
    name,
    integer(toWorkerMBps),
    integer(toCoordinatorMBps),
  ];
  const rows = [
    ...grpc.map((one) => row(one.chunkKiB === undefined ? 'gRPC' : `gRPC, chunks of ${one.chunkKiB} KiB`, one)),
    row('raw TCP socket', raw),
  ];
  return {
    title: 'The wire: 64 MiB between two processes on the loopback',
    notes: ['The bars take the fastest size of chunks.'],
    tables: [{ columns: ['what', 'MB/s to the worker', 'MB/s to the coordinator'], rows }],
    bars: { 'wire-out': best.toWorkerMBps, 'wire-back': best.toCoordinatorMBps },
    goals: { 'wire-out': raw.toWorkerMBps, 'wire-back': raw.toCoordinatorMBps },
    data: turns,
  };
}
