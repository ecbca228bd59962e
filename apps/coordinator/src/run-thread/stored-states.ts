// How a checkpoint names recurrent state: `<shard>/<name>`, with the shape that the program gives it.

import { inputsOf, type Program, portType, type TensorData, type Tensors } from '@rondo/rnn-core';
import type { StoredTensors } from '@rondo/storage';

/** @param states by shard. */
export function storedStates(states: ReadonlyMap<number, Tensors>, program: Program): StoredTensors {
  const ports = inputsOf(program, 'state');
  return Object.fromEntries(
    [...states].flatMap(([shard, tensors]) =>
      ports.map((port) => [
        `${shard}/${port.name}`,
        { shape: portType(program, port).shape, data: tensors[port.name] },
      ]),
    ),
  );
}

/** What `storedStates` named, by shard; of none without a checkpoint. */
export function statesOf(stored: StoredTensors = {}): Map<number, Tensors> {
  const states = new Map<number, Record<string, TensorData>>();
  for (const [place, { data }] of Object.entries(stored)) {
    const [shard, name] = [Number(place.slice(0, place.indexOf('/'))), place.slice(place.indexOf('/') + 1)];
    states.set(shard, { ...states.get(shard), [name]: data });
  }
  return states;
}
