// Opens a run: its folder locked, its text read, its weights drawn, given, or taken from the newest whole checkpoint.

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { elements, traceEvaluation, traceGradients } from '@rondo/rnn-core';
import { formatFault, formatJob, jobDifferences, parseJob, type TrainingJob, withoutLength } from '@rondo/spec';
import { LogFile, type OpenRun, openRun, type RunFault, readRunFile, replaceFile } from '@rondo/storage';
import { type RunIdentity, specHash, textHash } from '@rondo/training';
import { type InspectedJob, inspectJob } from './inspect.ts';
import type { OpenedRun, RunRequest } from './messages.ts';
import { type Restored, restoreRun } from './restore.ts';
import { RunModel } from './run-model.ts';

/** An open run as its own thread holds it. */
export interface Run {
  readonly job: TrainingJob;
  readonly folder: OpenRun;
  readonly content: InspectedJob;
  readonly steps: number;
  readonly model: RunModel;
  readonly identity: RunIdentity;
  readonly metrics: ChainHead & LogFile;
  readonly ledger: ChainHead & LogFile;
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
  const vocabulary = `${JSON.stringify(content.vocabulary)}\n`;
  await replaceFile(folder.paths.spec, formatJob(job));
  await replaceFile(folder.paths.vocabulary, vocabulary);

  const openLog = (path: string) => new LogFile(path, (fault) => events.disk(basename(path), fault));
  const run: Run = {
    job,
    folder,
    content,
    steps,
    model: new RunModel(content.parameters, content.optimizer, job.spec.training),
    identity: { spec: specHash(withoutLength(job)), vocabulary: textHash(vocabulary), text: textChecksum },
    metrics: Object.assign(openLog(folder.paths.metrics), { head: '' }),
    ledger: Object.assign(openLog(folder.paths.ledger), { head: '' }),
    committed: 0,
  };
  try {
    return { run, opened: describe(run, await restoreRun(run), textChecksum) };
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
  return { ...job, spec: { ...job.spec, training } };
}

function describe(
  run: Run,
  { step, validated, states, doubts, checkpoint, refused }: Restored,
  checksum: string,
): OpenedRun {
  const { job, content, steps } = run;
  const { training } = job.spec;
  const { batches, validation } = content;
  const pinned = checkpoint?.state;
  return {
    job,
    textChecksum: checksum,
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
      committed: step,
      validated,
      doubts,
      ...(pinned && { arithmetic: { engine: pinned.engine as never, fingerprint: pinned.fingerprint } }),
    },
    programs: programsOf(job, content),
    tokens: { training: shared(content.tokens.training), validation: shared(content.tokens.validation) },
    stepsPerEpoch: batches.stepsPerEpoch,
    memory: run.model.memory,
    states,
    given: checkpoint === undefined && content.initial ? Object.keys(content.initial) : undefined,
    notes: refused.map((torn) => `the checkpoint of step ${torn.step} is set aside: ${torn.reason}`),
  };
}

/** What workers compute for a shard. */
export function programsOf({ spec: { seed, training } }: TrainingJob, { model }: InspectedJob): OpenedRun['programs'] {
  const extent = { time: training.sequence, batch: training.batch / training.shards };
  return { gradients: traceGradients(model, extent, seed), evaluation: traceEvaluation(model, extent) };
}

/** A copy that both threads read. */
function shared(tokens: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(tokens.byteLength));
  copy.set(tokens);
  return copy;
}

/** SHA-256 of vocabulary and tokens. */
export function checksumOf({ tokens, vocabulary }: InspectedJob): string {
  const hash = createHash('sha256').update(JSON.stringify(vocabulary));
  for (const part of [tokens.training, tokens.validation]) {
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return hash.digest('hex');
}
