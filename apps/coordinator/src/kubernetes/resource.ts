// A TrainingJob as the API server keeps it, and what follows from all of them and all runs: what to submit, what to cancel.

import type { RunDocument } from '@rondo/storage';
import { isOver } from '@rondo/storage';
import { isOverPhase, type JobStatus } from './status.ts';

export const group = 'rondo.dev';
export const version = 'v1';
export const plural = 'trainingjobs';

export interface TrainingJobResource {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    /** Grows with every change of the spec. */
    readonly generation: number;
    /** ISO 8601, whole seconds. */
    readonly creationTimestamp: string;
    /** It is being deleted, and somebody else's finalizer holds it. */
    readonly deletionTimestamp?: string;
  };
  readonly spec: unknown;
  readonly status?: JobStatus;
}

/** The text of a spec file, which JSON is too. */
export function specText({ metadata: { name }, spec }: TrainingJobResource): string {
  return JSON.stringify({ apiVersion: `${group}/${version}`, kind: 'TrainingJob', metadata: { name }, spec });
}

export interface Plan {
  /** Names of runs whose resource is gone. */
  readonly cancel: readonly string[];
  /** Without a run, the oldest first. */
  readonly submit: readonly TrainingJobResource[];
}

/**
 * A resource that says itself that it is over gets no second run when its folder is gone.
 * @param resources all of the namespace.
 */
export function plan(namespace: string, resources: readonly TrainingJobResource[], runs: readonly RunDocument[]): Plan {
  const wanted = resources.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const wantedUids = new Set(wanted.map(({ metadata }) => metadata.uid));
  const running = new Set(runs.map(({ resource }) => resource?.uid));
  const age = ({ metadata: { creationTimestamp, name } }: TrainingJobResource) => `${creationTimestamp} ${name}`;
  return {
    cancel: runs
      .filter(({ phase, resource }) => {
        return resource?.namespace === namespace && !wantedUids.has(resource.uid) && !isOver(phase);
      })
      .map(({ name }) => name),
    submit: wanted
      .filter(({ metadata, status }) => !running.has(metadata.uid) && !isOverPhase(status?.phase))
      .sort((a, b) => (age(a) < age(b) ? -1 : 1)),
  };
}
