// Recurrent state of shards: joining it, zeros to start from, and whether a result's fits its task.

import { elements, inputsOf, outputsOf, type Program, portType, type Tensors } from '@rondo/rnn-core';
import type { TreeNode } from '@rondo/training';
import type { WorkerResult } from './connection.ts';

/** Recurrent state by shard. */
export type States = ReadonlyMap<number, Tensors>;

/** The states of all shards of some results. */
export function joinStates(results: readonly WorkerResult[]): States {
  return new Map(results.flatMap(({ states }) => [...states]));
}

/** Zeros for every state input of a program. */
export function zeroStates(program: Program): Tensors {
  return Object.fromEntries(
    inputsOf(program, 'state').map((port) => [port.name, new Float32Array(elements(portType(program, port).shape))]),
  );
}

/** Why the states of a result do not fit its task; undefined: they do. */
export function misfit(program: Program, { first, end }: TreeNode, { states }: WorkerResult): string | undefined {
  for (let shard = first; shard < end; shard++) {
    for (const port of outputsOf(program, 'state')) {
      const expected = elements(portType(program, port).shape);
      const actual = states.get(shard)?.[port.name]?.length;
      if (actual !== expected) {
        return `shard ${shard}: state ${port.name} has ${actual ?? 'no'} elements, expected ${expected}`;
      }
    }
  }
  return undefined;
}
