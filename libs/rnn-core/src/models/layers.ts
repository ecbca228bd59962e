// Parameters of common layers, with PyTorch's names, shapes and first values.

import { gateCount } from '../program/cell.ts';
import type { Shape } from '../program/tensor.ts';
import type { Parameter } from './parameter.ts';
import { type RecurrentStack, stackLayers } from './recurrent-stack.ts';

/** Uniform in ±1/√size. */
export function bounded(name: string, shape: Shape, size: number): Parameter {
  return { name, shape, initial: { kind: 'uniform', bound: 1 / Math.sqrt(size) } };
}

/** nn.Linear: `<name>.weight` [O, I] and `<name>.bias` [O]. */
export function linearParameters(name: string, input: number, output: number): Parameter[] {
  return [bounded(`${name}.weight`, [output, input], input), bounded(`${name}.bias`, [output], input)];
}

/** nn.Embedding: `<name>.weight` [V, E]. */
export function embeddingParameter(name: string, symbols: number, width: number): Parameter {
  return { name: `${name}.weight`, shape: [symbols, width], initial: { kind: 'normal' } };
}

/** nn.RNN, nn.LSTM and nn.GRU: the weights of every layer and direction. @param input features of the first layer's input. */
export function recurrentParameters(name: string, stack: RecurrentStack, input: number): Parameter[] {
  const { cell, hidden } = stack;
  const rows = gateCount(cell) * hidden;
  return stackLayers(stack).flatMap(({ suffix, isFirst }) => [
    bounded(`${name}.weight_ih_${suffix}`, [rows, isFirst ? input : outputWidth(stack)], hidden),
    bounded(`${name}.weight_hh_${suffix}`, [rows, hidden], hidden),
    bounded(`${name}.bias_ih_${suffix}`, [rows], hidden),
    bounded(`${name}.bias_hh_${suffix}`, [rows], hidden),
  ]);
}

/** Features of a stack's output. */
export function outputWidth({ hidden, bidirectional }: RecurrentStack): number {
  return bidirectional ? 2 * hidden : hidden;
}
