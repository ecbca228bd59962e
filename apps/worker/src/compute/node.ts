// Computes one node of the reduction tree: its shards one by one, added up exactly as the tree says.

import { inputsOf, outputsOf, type Plan, type Tensors } from '@rondo/rnn-core';
import { addInto, children, type TreeNode } from '@rondo/training';

export interface NodeInputs {
  /** The training step, from 1; keys the random masks. */
  readonly step: number;
  readonly node: TreeNode;
  /** Batch data and recurrent state of every shard of the node, by shard. */
  readonly shards: ReadonlyMap<number, Tensors>;
}

export interface ComputedNode {
  readonly lossSum: number;
  /** What the loss sum is divided by. */
  readonly weight: number;
  /** Gradient sums by parameter; empty for an evaluation. */
  readonly gradients: Record<string, Float32Array>;
  /** New recurrent state by shard. */
  readonly states: ReadonlyMap<number, Tensors>;
}

/** @throws Error from the engine, or when the inputs of a shard are missing. */
export async function computeNode(plan: Plan, weights: Tensors, inputs: NodeInputs): Promise<ComputedNode> {
  const { node } = inputs;
  if (node.end - node.first === 1) return computeShard(plan, weights, inputs, node.first);
  const [low, high] = children(node);
  const sum = await computeNode(plan, weights, { ...inputs, node: low });
  const other = await computeNode(plan, weights, { ...inputs, node: high });
  for (const [name, gradient] of Object.entries(sum.gradients)) addInto(gradient, other.gradients[name]);
  return {
    lossSum: sum.lossSum + other.lossSum,
    weight: sum.weight + other.weight,
    gradients: sum.gradients,
    states: new Map([...sum.states, ...other.states]),
  };
}

async function computeShard(plan: Plan, weights: Tensors, inputs: NodeInputs, shard: number): Promise<ComputedNode> {
  const data = inputs.shards.get(shard);
  if (data === undefined) throw new Error(`shard ${shard}: its inputs are missing`);
  const index =
    inputsOf(plan.program, 'index').length > 0
      ? { step: Int32Array.of(inputs.step), shard: Int32Array.of(shard) }
      : undefined;
  const outputs = await plan.run({ ...weights, ...data, ...index });
  const scalar = (role: 'loss' | 'weight') =>
    outputsOf(plan.program, role).reduce((sum, { name }) => sum + outputs[name][0], 0);
  const named = (role: 'gradient' | 'state') =>
    Object.fromEntries(outputsOf(plan.program, role).map(({ name }) => [name, outputs[name] as Float32Array]));
  return {
    lossSum: scalar('loss'),
    weight: scalar('weight'),
    gradients: named('gradient'),
    states: new Map([[shard, named('state')]]),
  };
}
