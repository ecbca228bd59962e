// `rondo verify`: proves a run from its folder, and recomputes some of its steps.

import { randomInt } from 'node:crypto';
import { CommandFault, wholeNumber } from '@rondo/command';
import { openEngine } from '@rondo/engines';
import { type EngineName, fingerprint } from '@rondo/rnn-core';
import { holderOf, RunFault } from '@rondo/storage';
import type { LedgerLine } from '@rondo/training';
import { Command } from 'commander';
import { formatCount, formatCounted } from '../terminal/format.ts';
import { printJson, printLine, printPairs } from '../terminal/output.ts';
import { eraseLine } from '../terminal/progress-reporter.ts';
import { chooseSteps, passesFor, type RunExtent, stepsInReach } from '../verify/choose-steps.ts';
import { collectInto, type Finding, formatFindings } from '../verify/findings.ts';
import { type ReplayedFolder, replay } from '../verify/replay.ts';
import { type Verdict, verifyRun } from '../verify/verify-run.ts';
import { folderName, jsonOption } from './options.ts';

const mostReplayed = 1_000_000;
const seedLimit = 2 ** 32 - 1;

interface Options {
  readonly replay?: number;
  readonly seed?: number;
  readonly dataRoot?: string;
  readonly json?: true;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description("prove from a run's folder that no sequence was left out or counted twice and no file was changed")
    .argument('<run>', "the run's folder; it may still be training")
    .option('--replay <k>', 'also compute k random steps again and compare their bits', wholeNumber(1, mostReplayed))
    .option('--seed <n>', 'which steps; default: a random one, which is told', wholeNumber(0, seedLimit))
    .option('--data-root <dir>', "what the spec's paths are relative to; default: as when the run trained", folderName)
    .addOption(jsonOption())
    .action(verify);
}

const mixedNote = '; the run mixes arithmetics (training.mixed), whose bits differ though nobody forged them';

/** What was computed again. */
interface Replayed {
  readonly seed: number;
  /** Ascending. */
  readonly steps: readonly number[];
  /** Steps that could have been chosen. */
  readonly inReach: number;
  /** Kept checkpoints that came out the same. */
  readonly checkpoints: readonly number[];
  readonly findings: readonly Finding[];
}

async function verify(folder: string, options: Options): Promise<void> {
  const { verdict, replayed } = await judge(folder, options);
  const findings = [...verdict.findings, ...(replayed?.findings ?? [])];
  const summary = summaryOf(verdict);
  if (options.json) printJson({ folder, whole: findings.length === 0, findings, ...summary, replayed });
  else if (findings.length === 0) show(summary, replayed);
  else for (const line of formatFindings(findings)) printLine(line);
  if (findings.length === 0) return;
  const note =
    replayed === undefined ? '; nothing was computed again' : verdict.job?.spec.training.mixed ? mixedNote : '';
  const isPlain = options.replay === undefined;
  throw new CommandFault(`${folder}: ${formatCounted(findings.length, 'fault')}${isPlain ? '' : note}`);
}

/** How often steps are chosen again because training has removed the checkpoint before them. */
const mostTries = 10;

async function judge(folder: string, options: Options): Promise<{ verdict: Verdict; replayed?: Replayed }> {
  for (let tries = 1; ; tries++) {
    const verdict = await verifyRun(folder);
    if (verdict.findings.length > 0 || options.replay === undefined) return { verdict };
    try {
      return { verdict, replayed: await recompute(folder, verdict, options) };
    } catch (error) {
      const isMissing = error instanceof RunFault && error.code === 'checkpoint-missing';
      if (!isMissing || tries === mostTries || (await holderOf(folder)) === undefined) throw error;
    }
  }
}

async function recompute(folder: string, verdict: Verdict, options: Options): Promise<Replayed> {
  const { seed = randomInt(seedLimit) } = options;
  // No line is undefined where nothing was found.
  const ledger = verdict.ledger as readonly LedgerLine[];
  const { job, document, checkpoints } = verdict;
  if (job === undefined || document === undefined || ledger.length === 0) {
    throw new RunFault('run-missing', `${folder}: has no step to compute again`);
  }
  const { checkpointEvery } = job.spec.training;
  const extent: RunExtent = { steps: ledger.length, checkpoints, checkpointEvery };
  const steps = chooseSteps(extent, options.replay as number, seed);
  const passes = passesFor(steps, extent);
  const count = passes.reduce((sum, { from, to }) => sum + to - from, 0);
  const base = options.dataRoot ?? document.base ?? '.';
  const findings: Finding[] = [];
  const engine = await engineOf({ folder, job, document, ledger, base });
  let done = 0;
  const onStep = () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`${eraseLine}computing step ${done} of ${count} again`);
  };
  try {
    await replay({ folder, job, document, ledger, base }, engine, passes, collectInto(findings, folder), onStep);
  } finally {
    await engine.dispose();
  }
  if (process.stderr.isTTY) process.stderr.write(eraseLine);
  const reached = passes.filter(({ endsAtCheckpoint }) => endsAtCheckpoint).map(({ to }) => to);
  return { seed, steps, inReach: stepsInReach(extent).length, checkpoints: reached, findings };
}

/** The run's own engine. @throws CommandFault when its arithmetic here is not the run's. */
async function engineOf({ folder, job, document }: ReplayedFolder) {
  const engine = await openEngine(document.engine as EngineName);
  const here = await fingerprint(engine);
  if (here === document.fingerprint || job.spec.training.mixed) return engine;
  await engine.dispose();
  throw new CommandFault(
    `${folder}: was computed by ${document.fingerprint}, and here ${document.engine} is ${here}, whose bits differ: ` +
      'the folder is whole; compute steps again on a machine like those that trained it',
  );
}

function summaryOf({ document, ledger, stepsPerEpoch, checkpoints, job }: Verdict) {
  const nodes: Record<string, number> = {};
  for (const { worker } of ledger.flatMap((line) => line?.nodes ?? [])) nodes[worker] = (nodes[worker] ?? 0) + 1;
  const steps = ledger.length;
  const epochs = stepsPerEpoch === undefined ? undefined : steps / stepsPerEpoch;
  const sequences = steps * (job?.spec.training.batch ?? 0);
  return { phase: document?.phase, steps, stepsPerEpoch, epochs, sequences, checkpoints, nodes };
}

function show(
  { phase, steps, stepsPerEpoch, epochs, sequences, checkpoints, nodes }: ReturnType<typeof summaryOf>,
  replayed: Replayed | undefined,
): void {
  const epochText =
    epochs === undefined
      ? 'within the first'
      : `${Number(epochs.toFixed(2))} of ${formatCounted(stepsPerEpoch ?? 0, 'step')}`;
  printPairs([
    ['whole', `every file is as it was written; the run is ${phase}`],
    ['steps', `${formatCount(steps)}, chained without a gap`],
    ['epochs', epochText],
    ['sequences', `${formatCount(sequences)}, each in exactly one gradient of its epoch`],
    ['checkpoints', checkpoints.length === 0 ? 'none' : checkpoints.join(', ')],
    [
      'nodes',
      Object.entries(nodes)
        .map(([worker, count]) => `${worker} ${formatCount(count)}`)
        .join(', '),
    ],
  ]);
  if (replayed === undefined) return;
  const { seed, steps: chosen, inReach, checkpoints: reached } = replayed;
  printPairs([
    ['again', `${chosen.join(', ')}: the same bits (of ${formatCounted(inReach, 'step')} in reach, --seed ${seed})`],
    ['reached', reached.length === 0 ? undefined : `the checkpoints of ${reached.join(', ')}, the same bits`],
  ]);
}
