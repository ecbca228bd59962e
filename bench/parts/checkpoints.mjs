// What writing checkpoints costs a run: steps with one every few steps beside steps with none, the rest reckoned for the
// default interval.

import { join } from 'node:path';
import { parseJob } from '@rondo/spec';
import { createJob, metricsOf, removeJob, rondo } from '../harness/jobs.mjs';
import { decimal } from '../harness/report.mjs';
import { median, takeTurns } from '../harness/statistics.mjs';

const model = { cell: 'lstm', layers: 2, hidden: 512, embedding: 512 };
const training = { batch: 32, sequence: 32, shards: 2 };
/** Steps from one checkpoint to the next: few, so that what they cost shows. */
const every = 10;
const warmUp = 5;

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function checkpoints({ seed, effort, quick, say }) {
  const folder = createJob(seed, { model, training: { ...training, validateEvery: 1_000_000 } });
  const counted = quick ? every : 6 * every;
  let runs = 0;
  /** @param {string} name @param {number} interval @returns {import('../harness/statistics.mjs').Contender} */
  const contender = (name, interval) => ({
    name,
    facts: {},
    steps: counted,
    stop: async () => {},
    async round(steps) {
      say(`checkpoints: ${name}`);
      const out = join(folder, `run-${++runs}`);
      const set = [`training.steps=${steps + warmUp}`, `training.checkpointEvery=${interval}`];
      const words = ['--workers', '2', '--threads', '1', '--engine', 'cpu', '--out', out];
      await rondo(folder, 'train', 'spec.yaml', ...words, ...set.flatMap((one) => ['--set', one]));
      const lines = metricsOf(out).filter(({ split }) => split === undefined);
      const late = lines.slice(warmUp).map(({ seconds }) => 1000 * seconds);
      // The mean: a checkpoint is felt in a few of its steps alone.
      return { ms: [late.reduce((sum, ms) => sum + ms, 0) / late.length] };
    },
  });
  try {
    const [often, never] = await takeTurns(
      [contender(`a checkpoint every ${every} steps`, every), contender('none', 1_000_000)],
      effort,
    );
    const defaultEvery = defaultInterval();
    const extraMs = every * median(often.roundMs.map((ms, round) => ms - never.roundMs[round]));
    const cost = Math.max(0, extraMs) / (defaultEvery * never.ms);
    return {
      title: 'Checkpoints beside training',
      notes: [
        `LSTM 2 x 512, Adam, two workers and the coordinator on the same cores; the mean of ${counted} steps. What a checkpoint costs, ` +
          `shared out among the ${defaultEvery} steps from one to the next.`,
      ],
      tables: [
        {
          columns: ['what', 'measured'],
          rows: [
            ...[often, never].map(({ name, ms }) => [`a step, ${name}`, `${decimal(ms)} ms`]),
            ['a checkpoint costs', `${decimal(extraMs)} ms`],
            [`of the training time, one every ${defaultEvery} steps`, `${(100 * cost).toFixed(2)} %`],
          ],
        },
      ],
      bars: { checkpoints: 100 * cost },
      data: { often, never, extraMs, cost },
    };
  } finally {
    removeJob(folder);
  }
}

/** What a spec has that says nothing of it. */
function defaultInterval() {
  const spec = {
    task: 'language-model',
    seed: 1,
    data: { text: 'text.txt', unit: 'character' },
    model,
    training: { ...training, optimizer: { name: 'adam' }, steps: 1 },
  };
  const job = { apiVersion: 'rondo.dev/v1', kind: 'TrainingJob', metadata: { name: 'bench' }, spec };
  const parsed = parseJob(JSON.stringify(job), { file: 'spec' });
  if ('faults' in parsed) throw new Error('the spec of the default interval is no spec');
  return parsed.job.spec.training.checkpointEvery;
}
