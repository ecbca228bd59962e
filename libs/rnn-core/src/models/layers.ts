// Parameters of common layers, with PyTorch's names, shapes and first values.

import { gateCount } from '../program/cell.ts';
import type { Shape } from '../program/tensor.ts';
import type { Initializer, Parameter } from './parameter.ts';
import { type RecurrentStack, stackLayers, stateWidth } from './recurrent-stack.ts';

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

/**
 * nn.RNN, nn.LSTM and nn.GRU: the weights of every layer and direction; then nn.LayerNorm's of every layer, where there are.
 * @param input features of the first layer's input.
 */
export function recurrentParameters(name: string, stack: RecurrentStack, input: number): Parameter[] {
  const { cell, hidden, projection, recurrentDropout = 0 } = stack;
  const rows = gateCount(cell) * hidden;
  const state = stateWidth(stack);
  const recurrent = stackLayers(stack).flatMap(({ suffix, isFirst }): Parameter[] => {
    const width = isFirst ? input : outputWidth(stack);
    const weightHh = `${name}.weight_hh_${suffix}`;
    return [
      { name: `${name}.weight_ih_${suffix}`, shape: [rows, width], initial: inputInitial(stack, width) },
      {
        ...{ name: weightHh, shape: [rows, state], initial: recurrentInitial(stack) },
        ...(recurrentDropout > 0 && { dropout: recurrentDropout }),
      },
      biasParameter(`${name}.bias_ih_${suffix}`, stack, stack.forgetBias),
      biasParameter(`${name}.bias_hh_${suffix}`, stack, stack.forgetBias && 0),
      ...(projection === undefined ? [] : [bounded(`${name}.weight_hr_${suffix}`, [projection, hidden], hidden)]),
    ];
  });
  return [...recurrent, ...normParameters(name, stack)];
}

/** Of the weights from a layer's input. */
function inputInitial({ hidden, initializer }: RecurrentStack, width: number): Initializer {
  return { kind: 'uniform', bound: initializer === 'glorot' ? glorotBound(width, hidden) : 1 / Math.sqrt(hidden) };
}

/** Of the weights from state to state. */
function recurrentInitial(stack: RecurrentStack): Initializer {
  if (stack.initializer === 'orthogonal') return { kind: 'orthogonal', blocks: gateCount(stack.cell) };
  return inputInitial(stack, stateWidth(stack));
}

/** Of one gate's matrix (Glorot and Bengio 2010): its outputs keep their inputs' variance, gradients theirs. */
const glorotBound = (inputs: number, outputs: number) => Math.sqrt(6 / (inputs + outputs));

/** @param forget the first value of the forget gate's part; undefined: drawn like the rest. */
function biasParameter(name: string, { cell, hidden }: RecurrentStack, forget: number | undefined): Parameter {
  // PyTorch's order of an LSTM's gates: input, forget, cell, output.
  const fixed = forget === undefined ? {} : { fixed: { from: hidden, end: 2 * hidden, value: forget } };
  return {
    name,
    shape: [gateCount(cell) * hidden],
    initial: { kind: 'uniform', bound: 1 / Math.sqrt(hidden), ...fixed },
  };
}

function normParameters(name: string, stack: RecurrentStack): Parameter[] {
  if (stack.normalization !== 'layer') return [];
  const shape = [outputWidth(stack)];
  return Array.from({ length: stack.layers }, (_, layer): Parameter[] => [
    { name: `${name}.norm_l${layer}.weight`, shape, initial: { kind: 'constant', value: 1 } },
    { name: `${name}.norm_l${layer}.bias`, shape, initial: { kind: 'constant', value: 0 } },
  ]).flat();
}

/** Features of a stack's output. */
export function outputWidth(stack: RecurrentStack): number {
  return stack.bidirectional ? 2 * stateWidth(stack) : stateWidth(stack);
}
