// How messages name the tensors of shards: `<shard>/<name>`, flat, since the program that both ends have knows their shapes.

import type { TensorData, Tensors } from '@rondo/rnn-core';
import type { NamedTensor } from './tensors.ts';

/** @param prefix in front of each name, such as `gradient/`. */
export function flatTensors(tensors: Tensors, prefix = ''): NamedTensor[] {
  return Object.entries(tensors).map(([name, data]) => ({ name: prefix + name, shape: [data.length], data }));
}

/** The tensors of some shards as a message carries them. */
export function shardTensors(shards: ReadonlyMap<number, Tensors>): NamedTensor[] {
  return [...shards].flatMap(([shard, tensors]) => flatTensors(tensors, `${shard}/`));
}

/** Tensors by what stands before the first slash of their names: the shard, or a kind such as `gradient`. */
export function byPrefix(
  tensors: readonly Pick<NamedTensor, 'name' | 'data'>[],
): Map<string, Record<string, TensorData>> {
  const groups = new Map<string, Record<string, TensorData>>();
  for (const { name, data } of tensors) {
    const slash = name.indexOf('/');
    const prefix = name.slice(0, slash);
    const group = groups.get(prefix) ?? {};
    group[name.slice(slash + 1)] = data;
    groups.set(prefix, group);
  }
  return groups;
}

/** What `shardTensors` named, by shard. */
export function byShard(tensors: readonly Pick<NamedTensor, 'name' | 'data'>[]): Map<number, Tensors> {
  return new Map([...byPrefix(tensors)].map(([shard, group]) => [Number(shard), group]));
}
