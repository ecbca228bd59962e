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
  const ports = outputsOf(program, 'state');
  for (let shard = first; shard < end; shard++) {
    const given = states.get(shard) ?? {};
    for (const port of ports) {
      const expected = elements(portType(program, port).shape);
      const state = given[port.name];
      if (state?.length !== expected) {
        return `shard ${shard}: state ${port.name} has ${state?.length ?? 'no'} elements, expected ${expected}`;
      }
      if (!(state instanceof Float32Array)) return `shard ${shard}: state ${port.name} is not of float32`;
    }
    const other = Object.keys(given).find((name) => !ports.some((port) => port.name === name));
    if (other !== undefined) return `shard ${shard}: there is no state ${other}`;
  }
  // They would take the place of what the shard's own worker computed.
  const stranger = [...states.keys()].find((shard) => !(shard >= first && shard < end));
  return stranger === undefined ? undefined : `state of shard ${stranger} came with shards ${first} to ${end - 1}`;
}
