// Tensors of shards: joining their states, zeros to start from, and whether a result fits its task.

import { elements, inputsOf, type OutputRole, outputsOf, type Program, portType, type Tensors } from '@rondo/rnn-core';
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

/** Why a result does not fit its task; undefined: it fits. */
export function misfit(program: Program, node: TreeNode, { gradients, states }: WorkerResult): string | undefined {
  const wrong = (tensors: Tensors | undefined, role: OutputRole): string | undefined => {
    for (const port of outputsOf(program, role)) {
      const expected = elements(portType(program, port).shape);
      const actual = tensors?.[port.name]?.length;
      if (actual !== expected) return `${role} ${port.name} has ${actual ?? 'no'} elements, expected ${expected}`;
    }
    return undefined;
  };
  const fault = wrong(gradients, 'gradient');
  if (fault !== undefined) return fault;
  for (let shard = node.first; shard < node.end; shard++) {
    const stateFault = wrong(states.get(shard), 'state');
    if (stateFault !== undefined) return `shard ${shard}: ${stateFault}`;
  }
  return undefined;
}
