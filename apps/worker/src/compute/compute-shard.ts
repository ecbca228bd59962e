// One shard on a plan: its gradients added up its node's tree, its loss, its new recurrent state and its results.

import { inputsOf, outputsOf, type Plan, type TensorData, type Tensors } from '@rondo/rnn-core';
import type { ModelArrays } from '@rondo/training';
import type { ComputedShard, ShardTask } from './messages.ts';
import { addGradient } from './shared-node.ts';

/**
 * @param weights those that the plan does not have yet.
 * @param final hears of every parameter whose sum over the whole node is final with this shard.
 */
export async function computeShard(
  plan: Plan,
  arrays: ModelArrays,
  { step, shard, inputs, node }: Omit<ShardTask, 'phase' | 'shape'>,
  weights: Tensors,
  final: (parameter: string) => void = () => {},
): Promise<ComputedShard> {
  const { program } = plan;
  const parameters = outputsOf(program, 'gradient').map(({ name }) => name);
  const sums = { lossSum: 0, weight: 0 };
  const outputs: Record<string, TensorData> = {};
  const index = inputsOf(program, 'index').length > 0 && { step: Int32Array.of(step), shard: Int32Array.of(shard) };
  await plan.run({ ...weights, ...inputs, ...index }, ({ name, role }, data) => {
    if (role === 'loss') sums.lossSum += data[0];
    else if (role === 'weight') sums.weight += data[0];
    else if (role === 'state' || role === 'result') outputs[name] = data.slice();
    else {
      const parameter = { name, index: parameters.indexOf(name) };
      if (addGradient(arrays, node, shard, parameter, data as Float32Array)) final(name);
    }
  });
  return { shard, ...sums, outputs };
}
