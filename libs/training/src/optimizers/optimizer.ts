// An optimizer over all parameters: which state it keeps, and one step. Pure: it holds nothing between steps.

import { elements, type Shape } from '@rondo/rnn-core';
import type { OptimizerSpec } from '@rondo/spec';
import type { Floats } from '../floats.ts';
import { adam } from './adam.ts';
import { rmsprop } from './rmsprop.ts';
import type { Rule } from './rule.ts';
import { sgd } from './sgd.ts';

/** A tensor's name and shape, as rnn-core's parameters have them. */
export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

export interface Optimizer {
  /** The state tensors: `<parameter>.<slot>` with PyTorch's slot names, e.g. `output.bias.exp_avg_sq`. */
  state(parameters: readonly NamedShape[]): NamedShape[];
  /** The state before the first step: zeros. */
  init(parameters: readonly NamedShape[]): Record<string, Float32Array>;
  /**
   * Takes one step on every parameter.
   * @param weights, state updated in place.
   * @param gradient the mean gradient, by parameter.
   * @param step the number of this step, from 1; the only thing a checkpoint needs beside the state.
   * @throws Error when a gradient or a state tensor is missing, before anything is changed.
   */
  updateInto(weights: Floats, gradient: Floats, state: Floats, step: number, learningRate: number): void;
}

export function createOptimizer(spec: OptimizerSpec): Optimizer {
  const rule = ruleOf(spec);
  const stateOf = (parameter: string) => rule.stateNames.map((slot) => `${parameter}.${slot}`);
  const shapes = (parameters: readonly NamedShape[]) =>
    parameters.flatMap(({ name, shape }) => stateOf(name).map((slot) => ({ name: slot, shape })));
  return {
    state: shapes,
    init: (parameters) =>
      Object.fromEntries(shapes(parameters).map(({ name, shape }) => [name, new Float32Array(elements(shape))])),
    updateInto(weights, gradient, state, step, learningRate) {
      const updates = Object.entries(weights).map(([name, tensor]) => {
        const sized = (what: string, data: Float32Array | undefined) => {
          if (data?.length === tensor.length) return data;
          throw new Error(`${spec.name}: ${what} has ${data?.length ?? 'no'} elements, expected ${tensor.length}`);
        };
        const slots = stateOf(name).map((slot) => sized(`state ${slot}`, state[slot]));
        return { tensor, gradient: sized(`gradient ${name}`, gradient[name]), slots };
      });
      for (const update of updates) rule.updateInto(update.tensor, update.gradient, update.slots, step, learningRate);
    },
  };
}

function ruleOf(spec: OptimizerSpec): Rule {
  switch (spec.name) {
    case 'sgd':
      return sgd(spec);
    case 'rmsprop':
      return rmsprop(spec);
    case 'adam':
    case 'adamw':
      return adam(spec);
  }
}
