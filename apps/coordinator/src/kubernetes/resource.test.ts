// What to submit and what to cancel, from all resources and all runs.

import type { RunDocument } from '@rondo/storage';
import { expect, test } from 'vitest';
import { plan, specText, type TrainingJobResource } from './resource.ts';
import type { JobStatus } from './status.ts';

function resource(name: string, { age = 0, over = false, deleted = false } = {}): TrainingJobResource {
  const creationTimestamp = new Date(1e12 - age * 1000).toISOString();
  const metadata = { name, namespace: 'n', uid: `uid-${name}`, generation: 1, creationTimestamp };
  const status: JobStatus = { observedGeneration: 1, phase: 'Finished', conditions: [] };
  return {
    metadata: { ...metadata, ...(deleted && { deletionTimestamp: creationTimestamp }) },
    spec: {},
    ...(over && { status }),
  };
}

function run(name: string, phase: RunDocument['phase'], namespace = 'n'): RunDocument {
  const document = { name: `${name}-1`, phase, reason: '', createdAt: '' };
  return { ...document, resource: { namespace, name, uid: `uid-${name}` } };
}

const names = (resources: readonly TrainingJobResource[]) => resources.map(({ metadata }) => metadata.name);

test('resources without a run are submitted, the oldest first', () => {
  const { submit, cancel } = plan('n', [resource('b'), resource('c'), resource('a', { age: 9 })], [run('c', 'queued')]);
  expect(names(submit)).toEqual(['a', 'b']);
  expect(cancel).toEqual([]);
});

test('one that was over before its folder was lost is not trained again', () => {
  expect(plan('n', [resource('a', { over: true })], []).submit).toEqual([]);
});

test('runs without a resource are cancelled, unless they are over, of another namespace, or of no resource at all', () => {
  const submitted: RunDocument = { name: 'mine-1', phase: 'training', reason: '', createdAt: '' };
  const runs = [
    run('a', 'training'),
    run('b', 'finished'),
    run('c', 'training', 'other'),
    run('d', 'paused'),
    submitted,
  ];
  expect(plan('n', [], runs).cancel).toEqual(['a-1', 'd-1']);
});

test("one that somebody's finalizer holds counts as deleted", () => {
  const held = [resource('a', { deleted: true }), resource('b', { deleted: true })];
  expect(plan('n', held, [run('a', 'training')])).toEqual({ cancel: ['a-1'], submit: [] });
});

test('the text of a resource is a spec file', () => {
  expect(JSON.parse(specText(resource('a')))).toEqual({
    apiVersion: 'rondo.dev/v1',
    kind: 'TrainingJob',
    metadata: { name: 'a' },
    spec: {},
  });
});
