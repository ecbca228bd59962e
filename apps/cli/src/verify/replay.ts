// Recomputes steps of a run from its kept checkpoints and compares them bit by bit with what the folder says.

import { join } from 'node:path';
import { ReplayData, ReplayedRun } from '@rondo/coordinator';
import { type Engine, outputsOf, type Plan, type Tensors } from '@rondo/rnn-core';
import type { TrainingJob } from '@rondo/spec';
import {
  type Checkpoint,
  type CheckpointPart,
  checkpointPath,
  holderOf,
  loadCheckpoint,
  type RunDocument,
  readLog,
  runPaths,
  type StoredTensors,
} from '@rondo/storage';
import { addLosses, foldInto, type LedgerLine, type LossSum, type Pending } from '@rondo/training';
import { computeShard, shareNode } from '@rondo/worker';
import type { Pass } from './choose-steps.ts';
import type { Report } from './findings.ts';

/** What is to be recomputed: a run whose folder was found to be whole. */
export interface ReplayedFolder {
  readonly folder: string;
  readonly job: TrainingJob;
  readonly document: RunDocument;
  readonly ledger: readonly LedgerLine[];
  /** What the spec's paths are relative to. */
  readonly base: string;
}

/**
 * @param onStep hears of every recomputed step.
 * @throws RunFault run-damaged when the data are not the run's; checkpoint-missing when training has removed one meanwhile.
 */
export async function replay(
  run: ReplayedFolder,
  engine: Engine,
  passes: readonly Pass[],
  report: Report,
  onStep: () => void,
): Promise<void> {
  const { folder, job, document, base } = run;
  const load = await checkpointsOf(folder, passes);
  const data = await ReplayData.read(job, { base }, document.dataChecksum);
  const plans: Plan[] = [];
  for (const program of data.programs) plans.push(await engine.compile(program));
  const metrics = metricsByStep(folder);
  for (const { from, to, endsAtCheckpoint } of passes) {
    const checkpoint = from === 0 ? undefined : await load(from);
    const replayed = new ReplayedRun(data, document.steps ?? to, checkpoint);
    for (let step = from + 1; step <= to; step++) {
      const faults = await replayStep(replayed, plans[replayed.shape], step, {
        expected: run.ledger[step - 1],
        line: metrics.get(step),
      });
      for (const [name, what] of faults) report(runPaths(folder)[name], what, name === 'ledger' ? step : undefined);
      onStep();
    }
    if (endsAtCheckpoint) compare(folder, replayed, await load(to), report);
  }
  for (const plan of plans) plan.dispose();
}

/** How to come by the passes' checkpoints: of a run that trains, which removes them when it has newer ones, all are read now. */
async function checkpointsOf(folder: string, passes: readonly Pass[]): Promise<(step: number) => Promise<Checkpoint>> {
  const load = (step: number) => loadCheckpoint(folder, step);
  if ((await holderOf(folder)) === undefined) return load;
  const steps = passes.flatMap(({ from, to, endsAtCheckpoint }) => (endsAtCheckpoint ? [from, to] : [from]));
  const read = new Map<number, Promise<Checkpoint>>();
  for (const step of new Set(steps)) if (step > 0) read.set(step, load(step));
  await Promise.all(read.values());
  return (step) => read.get(step) ?? load(step);
}

type Metrics = Readonly<Record<string, unknown>>;

function metricsByStep(folder: string): ReadonlyMap<number, Metrics> {
  const lines = readLog(runPaths(folder).metrics).map((line) => JSON.parse(line));
  return new Map(lines.filter(({ split }) => split !== 'validation').map((line) => [line.step, line]));
}

/** @returns what differs, by the file that says otherwise. */
async function replayStep(
  replayed: ReplayedRun,
  plan: Plan,
  step: number,
  { expected, line }: { expected: LedgerLine; line: Metrics | undefined },
): Promise<['ledger' | 'metrics', string][]> {
  const { sum, states } = await computeShards(replayed, plan, step);
  const taken = replayed.take(sum, states);
  if (taken?.gradient !== expected.gradient) {
    return [['ledger', `the gradient of step ${step} is another one when it is computed again`]];
  }
  return (['loss', 'gradientNorm'] as const)
    .filter((name) => line?.[name] !== taken[name])
    .map((name) => [
      'metrics',
      `step ${step} has the ${name} ${JSON.stringify(line?.[name])}, computed again it is ${taken[name]}`,
    ]);
}

/** The sums lie in slot 0 then, as the tree adds them up. */
async function computeShards(replayed: ReplayedRun, plan: Plan, step: number) {
  const inputs = replayed.inputs();
  const top = { first: 0, end: inputs.size };
  const node = shareNode(top, outputsOf(plan.program, 'gradient').length);
  node.slots.set([...inputs.keys()]);
  const pending: Pending<LossSum> = new Map();
  const states = new Map<number, Tensors>();
  let sum: LossSum = { lossSum: 0, weight: 0 };
  for (const [shard, shardInputs] of inputs) {
    const weights = shard === 0 ? replayed.weights : {};
    const task = { step, shard, inputs: shardInputs, node };
    const { outputs, lossSum, weight } = await computeShard(plan, replayed.arrays, task, weights);
    states.set(shard, outputs);
    sum = foldInto(pending, { first: shard, end: shard + 1 }, { lossSum, weight }, top, addLosses) ?? sum;
  }
  return { sum, states };
}

/** Reports the files of a kept checkpoint that differ from what was computed again. */
function compare(folder: string, replayed: ReplayedRun, { state, tensors }: Checkpoint, report: Report): void {
  for (const [part, computed] of Object.entries(replayed.tensors()) as [CheckpointPart, StoredTensors][]) {
    const file = join(checkpointPath(folder, state.step), `${part}.safetensors`);
    const stored: StoredTensors = tensors[part] ?? {};
    const names = [...new Set([...Object.keys(stored), ...Object.keys(computed)])];
    const differing = names.filter((name) => !areSameBits(stored[name], computed[name]));
    if (differing.length > 0) report(file, `computed again it is another one: ${differing.join(', ')}`);
  }
}

function areSameBits(a: StoredTensors[string] | undefined, b: StoredTensors[string] | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const bytes = ({ data }: StoredTensors[string]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return a.shape.join() === b.shape.join() && bytes(a).equals(bytes(b));
}
