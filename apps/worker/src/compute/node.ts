// Computes one node of the reduction tree: its shards one by one, added up exactly as the tree says.

import { inputsOf, outputsOf, type Plan, type Tensors } from '@rondo/rnn-core';
import { addLosses, children, type Floats, type LossSum, type TreeNode } from '@rondo/training';

export interface NodeInputs {
  /** The training step, from 1; keys the random masks. */
  readonly step: number;
  readonly node: TreeNode;
  /** Batch data and recurrent state of every shard of the node, by shard. */
  readonly shards: ReadonlyMap<number, Tensors>;
}

/** The gradients by parameter; none in an evaluation. */
type NodeSum = LossSum & { readonly tensors: Floats };

export interface ComputedNode {
  readonly sum: NodeSum;
  /** New recurrent state by shard. */
  readonly states: ReadonlyMap<number, Tensors>;
}

/** @throws Error from the engine, or when the inputs of a shard are missing. */
export async function computeNode(plan: Plan, weights: Tensors, inputs: NodeInputs): Promise<ComputedNode> {
  const halves = children(inputs.node);
  if (halves === undefined) return computeShard(plan, weights, inputs, inputs.node.first);
  const low = await computeNode(plan, weights, { ...inputs, node: halves[0] });
  const high = await computeNode(plan, weights, { ...inputs, node: halves[1] });
  return { sum: combineInto(low.sum, high.sum), states: new Map([...low.states, ...high.states]) };
}

function combineInto(left: NodeSum, right: NodeSum): NodeSum {
  for (const [name, tensor] of Object.entries(left.tensors)) {
    for (let i = 0; i < tensor.length; i++) tensor[i] += right.tensors[name][i];
  }
  return { tensors: left.tensors, ...addLosses(left, right) };
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
    sum: { tensors: named('gradient'), lossSum: scalar('loss'), weight: scalar('weight') },
    states: new Map([[shard, named('state')]]),
  };
}
