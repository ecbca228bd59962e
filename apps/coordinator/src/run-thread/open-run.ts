// Opens a run: its folder locked, its text read, its weights drawn, given, or taken from the newest whole checkpoint.

import { createHash } from 'node:crypto';
import { byShard } from '@rondo/protocol';
import { elements, initialValues, type Tensors, traceEvaluation, traceGradients } from '@rondo/rnn-core';
import { formatFault, formatJob, jobDifferences, parseJob, type TrainingJob } from '@rondo/spec';
import {
  type Checkpoint,
  expectTensors,
  type LogFile,
  newestWhole,
  type OpenRun,
  openLog,
  openRun,
  RunFault,
  readRunFile,
  replaceFile,
  type StoredTensors,
  truncateAfter,
} from '@rondo/storage';
import { type LedgerLine, ledgerRoot, type Optimizer } from '@rondo/training';
import { type InspectedJob, inspectJob } from './inspect.ts';
import type { OpenedRun, RunRequest } from './messages.ts';
import { RunModel } from './run-model.ts';

/** An open run as its own thread holds it. */
export interface Run {
  readonly job: TrainingJob;
  readonly folder: OpenRun;
  readonly content: InspectedJob;
  readonly steps: number;
  readonly model: RunModel;
  readonly metrics: LogFile;
  readonly ledger: LedgerHead & LogFile;
}

interface LedgerHead {
  /** Hash of the last line. */
  head: string;
}

/** A run that cannot be opened, through no fault of this program. */
export class RunRefusal extends Error {
  readonly path: string | undefined;

  /** @param path the field of the spec to blame, where there is one. */
  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}

/** @throws RunRefusal, RunFault */
export async function openTrainingRun(
  request: RunRequest,
  onLost: (fault: RunFault) => void,
): Promise<{ run: Run; opened: OpenedRun }> {
  const folder = await openRun(request.folder, { resume: request.resume, onLost });
  try {
    return await fill(folder, request);
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function fill(folder: OpenRun, request: RunRequest): Promise<{ run: Run; opened: OpenedRun }> {
  const saved = folder.isNew ? request.job : await savedJob(folder, request.job);
  const content = await inspectJob(request.job, request);
  if ('faults' in content) throw new RunRefusal(content.faults[0].message, content.faults[0].path);
  const textChecksum = checksumOf(content);
  if (request.textChecksum !== undefined && request.textChecksum !== textChecksum) {
    throw new RunRefusal('the text is not the one that this run was started with', 'spec.data.text');
  }
  const steps = stepsOf(request.job, content);
  const stepsBefore = stepsOf(saved, content);
  if (steps < stepsBefore) {
    throw new RunRefusal(
      `the run was started for ${stepsBefore} steps, which can become more, not ${steps}`,
      'spec.training',
    );
  }
  const job = withScheduleSteps(request.job, saved, steps);
  await replaceFile(folder.paths.spec, formatJob(job));
  await replaceFile(folder.paths.vocabulary, `${JSON.stringify(content.vocabulary)}\n`);

  const { checkpoint, refused } = await newestWhole(folder.folder);
  const committed = checkpoint?.state.step ?? 0;
  const head = cutLogs(folder, committed, checkpoint);
  const run: Run = {
    job,
    folder,
    content,
    steps,
    model: firstModel(content, job, checkpoint),
    metrics: openLog(folder.paths.metrics),
    ledger: Object.assign(openLog(folder.paths.ledger), { head }),
  };
  const notes = refused.map(({ step, reason }) => `the checkpoint of step ${step} is not used: ${reason}`);
  return { run, opened: describe(run, checkpoint, textChecksum, notes) };
}

function stepsOf({ spec: { training } }: TrainingJob, { batches }: InspectedJob): number {
  return training.steps ?? (training.epochs as number) * batches.stepsPerEpoch;
}

/** The job that the folder was started with; the wanted one may only be longer. */
async function savedJob(folder: OpenRun, wanted: TrainingJob): Promise<TrainingJob> {
  const parsed = parseJob(await readRunFile(folder.paths.spec), { file: folder.paths.spec });
  if ('faults' in parsed) throw new RunRefusal(parsed.faults.map(formatFault).join('\n'));
  const differing = jobDifferences(parsed.job, wanted);
  if (differing.length > 0) {
    throw new RunRefusal(
      `${folder.folder} holds a run with another spec (${differing.join(', ')}); only training.steps or training.epochs ` +
        'may change: use another folder for another run',
      differing[0],
    );
  }
  return parsed.job;
}

/** A schedule that ends at the run's end keeps the end it was started with, also when the run becomes longer. */
function withScheduleSteps(job: TrainingJob, saved: TrainingJob, steps: number): TrainingJob {
  const { schedule } = job.spec.training;
  if (schedule.name !== 'cosine' && schedule.name !== 'linear') return job;
  const kept = 'steps' in saved.spec.training.schedule ? saved.spec.training.schedule.steps : undefined;
  const training = { ...job.spec.training, schedule: { ...schedule, steps: schedule.steps ?? kept ?? steps } };
  return { ...job, spec: { ...job.spec, training } };
}

/** Lines past the checkpoint are of steps that will be taken again. @returns the ledger's head. */
function cutLogs({ paths }: OpenRun, committed: number, checkpoint: Checkpoint | undefined): string {
  truncateAfter(paths.metrics, committed);
  const last = truncateAfter(paths.ledger, committed);
  const head = last === undefined ? ledgerRoot : (JSON.parse(last) as LedgerLine).hash;
  if (checkpoint !== undefined && head !== checkpoint.state.ledgerHead) {
    throw new RunFault(
      'run-damaged',
      `${paths.ledger} does not end with the line that ${checkpoint.path} was written after: restore it, or remove that checkpoint`,
    );
  }
  return head;
}

function firstModel(
  { parameters, initial, optimizer }: InspectedJob,
  job: TrainingJob,
  checkpoint?: Checkpoint,
): RunModel {
  const model = new RunModel(parameters, optimizer, job.spec.training);
  const stored: StoredTensors | undefined = checkpoint?.tensors.weights ?? initial;
  if (checkpoint !== undefined) expectTensors(checkpoint.path, stored ?? {}, parameters);
  for (const [index, parameter] of parameters.entries()) {
    const { name } = parameter;
    model.weights[name].set(stored?.[name].data ?? initialValues(parameter, job.spec.seed, index));
  }
  if (checkpoint !== undefined) restoreOptimizer(model, parameters, optimizer, checkpoint);
  return model;
}

function restoreOptimizer(
  { arrays, state }: RunModel,
  parameters: InspectedJob['parameters'],
  optimizer: Optimizer,
  { path, tensors }: Checkpoint,
): void {
  const stored: StoredTensors = tensors.optimizer ?? {};
  expectTensors(path, stored, optimizer.state(parameters));
  for (const [name, values] of Object.entries(optimizer.stateOf(arrays, state))) values.set(stored[name].data);
}

function describe(run: Run, checkpoint: Checkpoint | undefined, textChecksum: string, notes: string[]): OpenedRun {
  const { job, content, steps } = run;
  const { training } = job.spec;
  const { model, batches, validation } = content;
  const extent = { time: training.sequence, batch: training.batch / training.shards };
  const state = checkpoint?.state;
  return {
    job,
    textChecksum,
    parameters: content.parameters.reduce((sum, { shape }) => sum + elements(shape), 0),
    vocabulary: content.vocabulary.size,
    brain: {
      shards: training.shards,
      slots: run.model.memory.slots,
      steps,
      validateEvery: training.validateEvery,
      validationBatches: validation?.steps ?? 0,
      validationShards: validation?.shards ?? 0,
      checkpointEvery: training.checkpointEvery,
      minWorkers: training.minWorkers,
      engine: job.spec.engine,
      mixed: training.mixed,
      audit: training.audit,
      seed: job.spec.seed,
    },
    resumption: {
      committed: state?.step ?? 0,
      validated: state === undefined || state.validationLoss !== undefined || state.step % training.validateEvery !== 0,
      ...(state && { arithmetic: { engine: state.engine as never, fingerprint: state.fingerprint } }),
    },
    programs: {
      gradients: traceGradients(model, extent, job.spec.seed),
      evaluation: traceEvaluation(model, extent),
    },
    tokens: { training: shared(content.tokens.training), validation: shared(content.tokens.validation) },
    stepsPerEpoch: batches.stepsPerEpoch,
    memory: run.model.memory,
    weights: run.model.weights,
    states: recurrentStates(checkpoint),
    notes,
  };
}

/** A copy that both threads read. */
function shared(tokens: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(tokens.byteLength));
  copy.set(tokens);
  return copy;
}

/** By shard, from tensors that are named as on the wire. */
function recurrentStates(checkpoint: Checkpoint | undefined): ReadonlyMap<number, Tensors> {
  const stored = Object.entries(checkpoint?.tensors.recurrent ?? {});
  return byShard(stored.map(([name, { data }]) => ({ name, data })));
}

function checksumOf({ tokens, vocabulary }: InspectedJob): string {
  const hash = createHash('sha256').update(JSON.stringify(vocabulary));
  for (const part of [tokens.training, tokens.validation]) {
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return hash.digest('hex');
}
