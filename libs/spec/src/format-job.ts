// A job back to YAML, and what differs between two jobs.

import { stringify } from 'yaml';
import type { JobSpec, TrainingJob } from './job.ts';

/** YAML with all defaults filled in; it parses back to the same job. Keys that the cell or the loss does not have are left out. */
export function formatJob(job: TrainingJob): string {
  const { cell, activation, reset, ...sizes } = job.spec.model;
  const ofCell = cell === 'rnn' ? { activation } : cell === 'gru' ? { reset } : {};
  const model = { cell, ...ofCell, ...sizes };
  const spec = { ...job.spec, data: dataToWrite(job.spec.data), model, training: trainingToWrite(job.spec.training) };
  return stringify({ ...job, spec }, { lineWidth: 0 });
}

/** The share that validates is not written where files do: the two exclude each other. */
function dataToWrite(data: JobSpec['data']): object {
  if (!('validate' in data) || data.validate === undefined) return data;
  const { validation: _, ...others } = data;
  return others;
}

/** Only Huber's loss has a delta. */
function trainingToWrite(training: JobSpec['training']): object {
  if (!('delta' in training) || training.loss === 'huber') return training;
  const { delta: _, ...others } = training;
  return others;
}

/**
 * Paths that differ between a run's job and the job it is asked to go on with, such as `spec.model.hidden`.
 * The run's length may differ. A schedule's `steps` was written into the run when it started, so that a spec
 * which still leaves it out is the same.
 */
export function jobDifferences(run: TrainingJob, wanted: TrainingJob): string[] {
  return differences('', comparable(run, run.spec), comparable(wanted, run.spec));
}

function comparable(job: TrainingJob, run: JobSpec): unknown {
  const { schedule } = job.spec.training;
  const written = 'steps' in run.training.schedule ? run.training.schedule.steps : undefined;
  const decays = schedule.name === 'cosine' || schedule.name === 'linear';
  const filled = decays ? { ...schedule, steps: schedule.steps ?? written } : schedule;
  return withoutLength({
    ...job,
    spec: { ...job.spec, training: { ...job.spec.training, schedule: filled } } as JobSpec,
  });
}

/** A job without the one thing that may change when its run goes on. */
export function withoutLength(job: TrainingJob): TrainingJob {
  const training = { ...job.spec.training, steps: undefined, epochs: undefined };
  return { ...job, spec: { ...job.spec, training } as JobSpec };
}

function differences(path: string, a: unknown, b: unknown): string[] {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) ? [] : [path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const at = (key: string) => (Array.isArray(a) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`);
  return keys.flatMap((key) => differences(at(key), a[key], b[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
