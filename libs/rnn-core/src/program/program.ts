// A traced model: plain data that an engine turns into a plan and that travels to the workers as JSON.

import type { Operation } from './operation.ts';
import type { TensorId, TensorType } from './tensor.ts';

/**
 * What an input is for.
 * - `weight`: a parameter; the same for every shard of a step.
 * - `batch`: data of this shard (token ids, targets, lengths).
 * - `state`: recurrent state that the shard carries from step to step.
 * - `index`: the step and the shard as int32[1], which key the random masks.
 */
export type InputRole = 'weight' | 'batch' | 'state' | 'index';

/**
 * What an output is for.
 * - `loss`: float32[1], the sum of the shard's losses, and `weight`: what that sum is divided by.
 * - `gradient`: derivative of the loss sum, named after its weight.
 * - `state`: named after the state input that it replaces in the next step.
 * - `result`: anything else (logits, predictions).
 */
export type OutputRole = 'loss' | 'weight' | 'gradient' | 'state' | 'result';

export interface Port<Role> {
  readonly name: string;
  readonly role: Role;
  readonly tensor: TensorId;
}

export interface Program {
  readonly name: string;
  readonly tensors: readonly TensorType[];
  readonly inputs: readonly Port<InputRole>[];
  readonly operations: readonly Operation[];
  readonly outputs: readonly Port<OutputRole>[];
}

/** Type of an input or output port. */
export function portType(program: Program, port: Port<InputRole | OutputRole>): TensorType {
  const type = program.tensors[port.tensor];
  if (type === undefined) throw new Error(`${program.name}: port ${port.name} names no tensor`);
  return type;
}

export function inputsOf(program: Program, role: InputRole): readonly Port<InputRole>[] {
  return program.inputs.filter((port) => port.role === role);
}

export function outputsOf(program: Program, role: OutputRole): readonly Port<OutputRole>[] {
  return program.outputs.filter((port) => port.role === role);
}
