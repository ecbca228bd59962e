// What the coordinator thinks of a resource's spec: accepted, bad, or changed after its run was made.

import { jobDifferences, parseJob, type TrainingJob } from '@rondo/spec';
import type { SubmissionFault } from '../runs.ts';
import { specText, type TrainingJobResource } from './resource.ts';
import type { Verdict } from './status.ts';

export const accepted: Verdict = { reason: 'Accepted', message: 'the spec is good' };

/** A line of a resource means nothing to its author: faults are told by the path of their field. */
export function badSpec(faults: readonly SubmissionFault[]): Verdict {
  const texts = faults.map(({ path, message }) =>
    path === undefined || path === '' ? message : `${path}: ${message}`,
  );
  return { reason: 'BadSpec', message: texts.join('; ') };
}

/** Of the spec of a resource that has a run: a run keeps the spec that it was made of. */
export function verdictBeside(run: TrainingJob, resource: TrainingJobResource): Verdict {
  const parsed = parseJob(specText(resource), { file: resource.metadata.name });
  const goesOn = 'the run goes on with the spec that it was made of';
  if ('faults' in parsed) {
    const { reason, message } = badSpec(parsed.faults);
    return { reason, message: `${message}; ${goesOn}` };
  }
  const changed = [...jobDifferences(run, parsed.job), ...lengthDifferences(run, parsed.job)];
  if (changed.length === 0) return accepted;
  const howTo = 'to train the new one, delete the resource and apply it again';
  return { reason: 'SpecChanged', message: `${changed.join(', ')}: changed; ${goesOn}; ${howTo}` };
}

function lengthDifferences({ spec: run }: TrainingJob, { spec: wanted }: TrainingJob): string[] {
  return (['steps', 'epochs'] as const)
    .filter((key) => run.training[key] !== wanted.training[key])
    .map((key) => `spec.training.${key}`);
}
