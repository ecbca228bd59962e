// How messages name tensors: those of shards `<shard>/<name>`. Flat, since the program that both ends have knows the shapes.

import type { TensorData, Tensors } from '@rondo/rnn-core';
import type { NamedTensor } from './tensors.ts';

/** @param prefix in front of each name, such as `gradient/`. */
export function flatTensors(tensors: Tensors, prefix = ''): NamedTensor[] {
  return Object.entries(tensors).map(([key, data]) => {
    const header = { name: prefix + key, shape: [data.length] };
    return data instanceof Float32Array ? { ...header, type: 'float32', data } : { ...header, type: 'int32', data };
  });
}

/** The tensors of some shards as a message carries them. */
export function shardTensors(shards: ReadonlyMap<number, Tensors>): NamedTensor[] {
  return [...shards].flatMap(([shard, tensors]) => flatTensors(tensors, `${shard}/`));
}

type Received = readonly Pick<NamedTensor, 'name' | 'data'>[];

/**
 * What `flatTensors` named.
 * @throws Error for a tensor of halves: no stream delivers any beside gradients.
 */
export function byName(tensors: Received): Tensors {
  return Object.fromEntries(tensors.map((tensor) => [tensor.name, wide(tensor)]));
}

/**
 * Tensors by what stands before the first slash of their names: the shard, or a kind such as `gradient`.
 * @throws Error for a tensor of halves.
 */
export function byPrefix(tensors: Received): Map<string, Record<string, TensorData>> {
  const groups = new Map<string, Record<string, TensorData>>();
  for (const tensor of tensors) {
    const { name } = tensor;
    const slash = name.indexOf('/');
    const prefix = name.slice(0, slash);
    const group = groups.get(prefix) ?? {};
    group[name.slice(slash + 1)] = wide(tensor);
    groups.set(prefix, group);
  }
  return groups;
}

/** What `shardTensors` named, by shard. */
export function byShard(tensors: Received): Map<number, Tensors> {
  return new Map([...byPrefix(tensors)].map(([shard, group]) => [Number(shard), group]));
}

function wide({ name, data }: Received[number]): TensorData {
  if (data instanceof Uint16Array) throw new Error(`tensor ${name} is in half precision`);
  return data;
}
