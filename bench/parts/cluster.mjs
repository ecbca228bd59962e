// Whole training steps of real processes, everything included: one worker beside two, one thread beside two, and two workers
// beside PyTorch's DistributedDataParallel on gloo with the same total batch.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { vocabularySize } from '../harness/gradients.mjs';
import { createJob, mediansOf, metricsOf, removeJob, rondo } from '../harness/jobs.mjs';
import { peers } from '../harness/peers.mjs';
import { decimal, integer, times } from '../harness/report.mjs';
import { takeTurns, timesAsFast } from '../harness/statistics.mjs';

const model = { cell: 'lstm', layers: 2, hidden: 256, embedding: 256 };
const [batch, time] = [64, 64];

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function cluster({ seed, effort, quick, say }) {
  const folder = createJob(seed, { model, training: { batch, sequence: time, shards: 2 } });
  const notes = [
    `LSTM 2 x 256, embedding 256, a global batch of ${batch} x ${time} in two shards. Seconds are the run's own, from commit to commit.`,
  ];
  if (availableParallelism() < 2)
    notes.push('This process may use one core alone: nothing can gain from a second one.');
  const ways = {
    'one worker': ['--workers', '1', '--threads', '1'],
    'two workers': ['--workers', '2', '--threads', '1'],
    'one worker, two threads': ['--workers', '1', '--threads', '2'],
  };
  const steps = quick ? { counted: 5, warmUp: 3 } : { counted: 30, warmUp: 10 };
  let runs = 0;
  /** @type {import('../harness/statistics.mjs').Contender[]} */
  const contenders = Object.entries(ways).map(([name, words]) => ({
    name,
    facts: { command: ['rondo', 'train', ...words].join(' ') },
    steps: steps.counted,
    stop: async () => {},
    async round(counted) {
      say(`cluster: ${name}`);
      const out = join(folder, `run-${++runs}`);
      const length = `training.steps=${counted + steps.warmUp}`;
      await rondo(folder, 'train', 'spec.yaml', ...words, '--engine', 'cpu', '--out', out, '--set', length);
      const lines = metricsOf(out).filter(({ split }) => split === undefined);
      const late = lines.slice(steps.warmUp);
      return { ms: late.map(({ seconds }) => 1000 * seconds), metrics: mediansOf(late) };
    },
  }));
  if (peers.pytorch.here) {
    const work = {
      ...model,
      batch: batch / 2,
      time,
      vocabulary: vocabularySize,
      seed,
      learningRate: 0.001,
      processes: 2,
    };
    contenders.push(await peers.pytorch.start(work, 'pytorch, two processes'));
  }
  try {
    const timings = await takeTurns(contenders, effort);
    const [alone, both, threads, pytorch] = timings;
    const rows = timings.map((timing) => [
      timing.name,
      decimal(timing.ms),
      integer((batch * time * 1000) / timing.ms),
      times(timesAsFast(timing, alone)),
    ]);
    return {
      title: 'A cluster on this machine',
      notes,
      tables: [{ columns: ['who', 'ms a step', 'tokens/s', 'beside one worker'], rows }],
      bars: {
        'two-workers': timesAsFast(both, alone),
        'two-threads': timesAsFast(threads, alone),
        ...(pytorch && { 'two-workers-pytorch': timesAsFast(both, pytorch) }),
      },
      data: timings,
    };
  } finally {
    for (const contender of contenders) await contender.stop();
    removeJob(folder);
  }
}
