// What comes out of shards beside gradients, recurrent state and results: joining it, zeros to start from, and whether it
// fits the program.

import { elements, inputsOf, type Program, portType, type Tensors } from '@rondo/rnn-core';
import type { TreeNode } from '@rondo/training';
import type { WorkerResult } from './connection.ts';

/** Recurrent state, and what an evaluation results in, by shard. */
export type States = ReadonlyMap<number, Tensors>;

/** The outputs of all shards of some results. */
export function joinStates(results: readonly WorkerResult[]): States {
  return new Map(results.flatMap(({ outputs }) => [...outputs]));
}

/** Zeros for every state input of a program. */
export function zeroStates(program: Program): Tensors {
  return Object.fromEntries(
    inputsOf(program, 'state').map((port) => [port.name, new Float32Array(elements(portType(program, port).shape))]),
  );
}

/** Why the outputs of a result do not fit its task; undefined: they do. */
export function misfit(program: Program, { first, end }: TreeNode, { outputs }: WorkerResult): string | undefined {
  const ports = program.outputs.filter(({ role }) => role === 'state' || role === 'result');
  for (let shard = first; shard < end; shard++) {
    const given = outputs.get(shard) ?? {};
    for (const port of ports) {
      const expected = elements(portType(program, port).shape);
      const tensor = given[port.name];
      const what = `shard ${shard}: ${port.role} ${port.name}`;
      if (tensor?.length !== expected) return `${what} has ${tensor?.length ?? 'no'} elements, expected ${expected}`;
      if (!(tensor instanceof Float32Array)) return `${what} is not of float32`;
    }
    const other = Object.keys(given).find((name) => !ports.some((port) => port.name === name));
    if (other !== undefined) return `shard ${shard}: the program puts out no ${other}`;
  }
  // They would take the place of what the shard's own worker computed.
  const stranger = [...outputs.keys()].find((shard) => !(shard >= first && shard < end));
  return stranger === undefined ? undefined : `outputs of shard ${stranger} came with shards ${first} to ${end - 1}`;
}
