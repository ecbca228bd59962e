// How messages name tensors: those of shards `<shard>/<name>`. Flat, since the program that both ends have knows the shapes.

import type { TensorData, Tensors } from '@rondo/rnn-core';
import type { NamedTensor } from './tensors.ts';

/** Tensors by the names they have. */
export function flatTensors(tensors: Tensors): NamedTensor[] {
  return Object.entries(tensors).map(([name, data]) => named(name, data));
}

function named(name: string, data: TensorData): NamedTensor {
  const header = { name, shape: [data.length] };
  return data instanceof Float32Array ? { ...header, type: 'float32', data } : { ...header, type: 'int32', data };
}

/** The tensors of some shards as a message carries them. */
export function shardTensors(shards: ReadonlyMap<number, Tensors>): NamedTensor[] {
  return [...shards].flatMap(([shard, tensors]) =>
    Object.entries(tensors).map(([name, data]) => named(`${shard}/${name}`, data)),
  );
}

type Received = readonly Pick<NamedTensor, 'name' | 'data'>[];

/**
 * What `flatTensors` named.
 * @throws Error for a tensor of halves: no stream delivers any beside gradients.
 */
export function byName(tensors: Received): Tensors {
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, wide(tensor)]));
}

/** What `shardTensors` named, by shard. @throws Error for a tensor of halves. */
export function byShard(tensors: Received): Map<number, Tensors> {
  const shards = new Map<number, Record<string, TensorData>>();
  for (const tensor of tensors) {
    const slash = tensor.name.indexOf('/');
    const shard = Number(tensor.name.slice(0, slash));
    const group = shards.get(shard) ?? {};
    group[tensor.name.slice(slash + 1)] = wide(tensor);
    shards.set(shard, group);
  }
  return shards;
}

function wide({ name, data }: Received[number]): TensorData {
  if (data instanceof Uint16Array) throw new Error(`tensor ${name} is in half precision`);
  return data;
}
