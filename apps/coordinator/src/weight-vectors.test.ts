// Vectors of weights under every order of sending, taking, leaving, holding and committing.

import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeightVectors } from './weight-vectors.ts';

const unexpected = (worker: string, reason: string): void => {
  throw new Error(`${worker} is disconnected: ${reason}`);
};

const never = new Promise<void>(() => {});
/** After which the vectors know of promises that have settled. */
const settled = () => new Promise(setImmediate);

function commit(vectors: WeightVectors, step: number, disconnect = unexpected): number {
  const to = vectors.next(disconnect);
  vectors.committed(step, to);
  return to;
}

test('two vectors take turns while everybody keeps up', async () => {
  const vectors = new WeightVectors(4, 0);
  const used: number[] = [];
  for (let step = 1; step <= 4; step++) {
    vectors.send('a', Promise.resolve(true));
    await settled();
    used.push(commit(vectors, step));
  }
  expect(used).toEqual([1, 0, 1, 0]);
});

test('who has not taken the oldest weights is disconnected when they are in the way, and nobody else', () => {
  const vectors = new WeightVectors(4, 7);
  const disconnected: string[] = [];
  const commitNext = (step: number) => commit(vectors, step, (...named) => disconnected.push(named.join(' ')));
  for (const worker of ['a', 'b', 'b']) vectors.send(worker, never);
  expect(commitNext(8)).toBe(1);
  vectors.send('c', never);
  expect([commitNext(9), commitNext(10), commitNext(11)]).toEqual([2, 3, 2]);
  vectors.send('d', never);
  expect(commitNext(12)).toBe(3);
  vectors.send('e', never);
  expect(disconnected).toEqual([]);
  expect([commitNext(13), commitNext(14)]).toEqual([0, 1]);
  expect(disconnected).toEqual([
    'a did not take the weights of step 7 while the cluster went 5 steps further',
    'b did not take the weights of step 7 while the cluster went 5 steps further',
    'c did not take the weights of step 8 while the cluster went 5 steps further',
  ]);
});

test('weights that a checkpoint is written of stay, and more checkpoints than vectors are a bug', () => {
  const vectors = new WeightVectors(3, 0);
  const release = vectors.hold(vectors.present);
  const used = [1, 2, 3].map((step) => commit(vectors, step));
  expect(used).toEqual([1, 2, 1]);
  vectors.hold(2);
  expect(() => vectors.next(unexpected)).toThrow('every vector of weights is held');
  release();
  expect(vectors.next(unexpected)).toBe(0);
});

/** A reader that has not taken a vector yet. */
interface Reader {
  readonly worker: string;
  readonly vector: number;
  readonly take: () => void;
}

const actions = fc.array(
  fc.record({
    action: fc.constantFrom('send', 'send', 'send', 'take', 'leave', 'hold', 'release', 'commit', 'commit'),
    worker: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
  }),
  { minLength: 30, maxLength: 60 },
);

test('no vector is written to while somebody reads it, and nobody is disconnected while one is free', async () => {
  let evictions = 0;
  const property = fc.asyncProperty(actions, async (list) => {
    const vectors = new WeightVectors(4, 0);
    let readers: Reader[] = [];
    let held: { readonly vector: number; readonly release: () => void } | undefined;
    const gone = (worker: string) => {
      readers = readers.filter((reader) => reader.worker !== worker);
    };
    const readersOf = (vector: number) => readers.filter((reader) => reader.vector === vector);
    const isFree = (vector: number) =>
      vector !== vectors.present && held?.vector !== vector && readersOf(vector).length === 0;

    for (const [step, { action, worker }] of list.entries()) {
      if (action === 'send') {
        vectors.send(
          worker,
          new Promise((take) => readers.push({ worker, vector: vectors.present, take: () => take(true) })),
        );
      } else if (action === 'take') {
        for (const { take } of readers.filter((reader) => reader.worker === worker)) take();
        gone(worker);
        await settled();
      } else if (action === 'leave') {
        vectors.left(worker);
        gone(worker);
      } else if (action === 'hold') {
        held ??= { vector: vectors.present, release: vectors.hold(vectors.present) };
      } else if (action === 'release') {
        held?.release();
        held = undefined;
      } else {
        const free = [0, 1, 2, 3].filter(isFree);
        const evicted = new Map<string, readonly Reader[]>();
        const to = vectors.next((name) => {
          evicted.set(
            name,
            readers.filter((reader) => reader.worker === name),
          );
          gone(name);
        });
        evictions += evicted.size;
        equal(evicted.size > 0, free.length === 0);
        ok(isFree(to), 'somebody reads the vector');
        for (const lost of evicted.values()) ok(lost.some(({ vector }) => vector === to));
        vectors.committed(step, to);
      }
    }
  });
  await fc.assert(property, { numRuns: 200 });
  expect(evictions).toBeGreaterThan(20);
});
