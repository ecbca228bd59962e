// Opens a run: its folder locked, its text read, its weights drawn, given, or taken from the newest whole checkpoint.

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { planBytes, shardShapes, sharePlan } from '@rondo/data';
import { elements } from '@rondo/rnn-core';
import {
  formatFault,
  formatJob,
  type JobSpec,
  jobDifferences,
  parseJob,
  type TrainingJob,
  withoutLength,
} from '@rondo/spec';
import { LogFile, type OpenRun, openRun, type RunFault, readRunFile, replaceFile } from '@rondo/storage';
import { carriesState } from '@rondo/tasks';
import { type Programs, type RunIdentity, specHash, textHash } from '@rondo/training';
import { type InspectedJob, inspectJob } from './inspect.ts';
import type { OpenedRun, RunRequest } from './messages.ts';
import { type Restored, restoreRun } from './restore.ts';
import { RunModel } from './run-model.ts';
import { Validations } from './validations.ts';

/** An open run as its own thread holds it. */
export interface Run {
  readonly job: TrainingJob;
  readonly folder: OpenRun;
  readonly inspected: InspectedJob;
  readonly steps: number;
  readonly model: RunModel;
  readonly identity: RunIdentity;
  readonly metrics: ChainHead & LogFile;
  readonly ledger: ChainHead & LogFile;
  readonly validations: Validations;
  /** The newest step. */
  committed: number;
}

interface ChainHead {
  /** Of the chain over the log's lines. */
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

export interface RunEvents {
  /** Another process took the run's folder over. */
  lost(fault: RunFault): void;
  /** The disk begins to refuse the lines of a log, or has taken them all. */
  disk(what: string, fault: string | undefined): void;
}

/** @throws RunRefusal, RunFault; Error when the disk refuses. */
export async function openTrainingRun(
  request: RunRequest,
  events: RunEvents,
): Promise<{ run: Run; opened: OpenedRun }> {
  const folder = await openRun(request.folder, { resume: request.resume, onLost: (fault) => events.lost(fault) });
  try {
    return await fill(folder, request, events);
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function fill(folder: OpenRun, request: RunRequest, events: RunEvents): Promise<{ run: Run; opened: OpenedRun }> {
  const saved = folder.isNew ? request.job : await savedJob(folder, request.job);
  const inspected = await inspectJob(request.job, request);
  if ('faults' in inspected) throw new RunRefusal(inspected.faults[0].message, inspected.faults[0].path);
  const dataChecksum = checksumOf(inspected);
  if (request.dataChecksum !== undefined && request.dataChecksum !== dataChecksum) {
    throw new RunRefusal('the data are not those that this run was started with', 'spec.data');
  }
  const steps = stepsOf(request.job, inspected);
  const stepsBefore = stepsOf(saved, inspected);
  if (steps < stepsBefore) {
    throw new RunRefusal(
      `the run was started for ${stepsBefore} steps, which can become more, not ${steps}`,
      'spec.training',
    );
  }
  const job = withScheduleSteps(request.job, saved, steps);
  const preparation = `${JSON.stringify(inspected.content.preparation)}\n`;
  await replaceFile(folder.paths.spec, formatJob(job));
  await replaceFile(folder.paths.preparation, preparation);

  const openLog = (path: string) => new LogFile(path, (fault) => events.disk(basename(path), fault));
  const run: Run = {
    job,
    folder,
    inspected,
    steps,
    model: new RunModel(inspected.parameters, inspected.optimizer, job.spec.training),
    identity: { spec: specHash(withoutLength(job)), preparation: textHash(preparation), data: dataChecksum },
    metrics: Object.assign(openLog(folder.paths.metrics), { head: '' }),
    ledger: Object.assign(openLog(folder.paths.ledger), { head: '' }),
    validations: new Validations(job.spec.training, inspected.content),
    committed: 0,
  };
  try {
    return { run, opened: describe(run, await restoreRun(run), dataChecksum) };
  } catch (error) {
    run.metrics.close();
    run.ledger.close();
    throw error;
  }
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
  return { ...job, spec: { ...job.spec, training } as JobSpec };
}

function describe(
  run: Run,
  { step, validated, states, doubts, checkpoint, refused }: Restored,
  checksum: string,
): OpenedRun {
  const { job, inspected, steps } = run;
  const { training } = job.spec;
  const { batches, validation, content } = inspected;
  const pinned = checkpoint?.state;
  return {
    job,
    dataChecksum: checksum,
    parameters: inspected.parameters.reduce((sum, { shape }) => sum + elements(shape), 0),
    facts: content.facts,
    brain: {
      shards: training.shards,
      slots: run.model.memory.slots,
      // A run that ended early is not gone on with by more steps.
      steps: run.validations.exhausted ? step : steps,
      validateEvery: training.validateEvery,
      stopsEarly: training.patience !== undefined && validation !== null,
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
      committed: step,
      validated,
      doubts,
      ...(pinned && { arithmetic: { engine: pinned.engine as never, fingerprint: pinned.fingerprint } }),
    },
    programs: programsOf(job, inspected),
    batches: { training: sharePlan(content.training), validation: sharePlan(content.validation) },
    carriesState: carriesState(job.spec),
    stepsPerEpoch: batches.stepsPerEpoch,
    memory: run.model.memory,
    states,
    notes: refused.map((torn) => `the checkpoint of step ${torn.step} is set aside: ${torn.reason}`),
  };
}

/** What workers compute for a shard, by the shape of its batch. */
export function programsOf({ spec: { seed } }: TrainingJob, { content }: InspectedJob): Programs {
  const { model, training, validation } = content;
  return {
    gradients: shardShapes(training).map((shape) => model.gradients(shape, seed)),
    evaluation: validation === null ? [] : shardShapes(validation).map((shape) => model.evaluation(shape)),
  };
}

/** SHA-256 of the preparation and of everything that the run trains and validates on. */
export function checksumOf({ content }: InspectedJob): string {
  const hash = createHash('sha256').update(JSON.stringify(content.preparation));
  for (const plan of [content.training, content.validation]) for (const bytes of planBytes(plan)) hash.update(bytes);
  return hash.digest('hex');
}
