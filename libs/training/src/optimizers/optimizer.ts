// An optimizer over all parameters: which state it keeps, and one step. It holds nothing between steps.

import type { OptimizerSpec } from '@rondo/spec';
import type { Floats, NamedShape } from '../floats.ts';
import type { ModelArrays, ParameterPlace } from '../memory/model-arrays.ts';
import { adam } from './adam.ts';
import { rmsprop } from './rmsprop.ts';
import type { Rule } from './rule.ts';
import { sgd } from './sgd.ts';

export interface Optimizer {
  /** PyTorch's names of what is kept for every parameter; each takes one vector of a model memory, zero at first. */
  readonly stateNames: readonly string[];
  /** The state tensors as a checkpoint has them: `<parameter>.<state name>`, e.g. `output.bias.exp_avg_sq`. */
  state(parameters: readonly NamedShape[]): NamedShape[];
  /** Views of the state by those names. @param vectors one for every one of `stateNames`, in that order. */
  stateOf(arrays: ModelArrays, vectors: readonly number[]): Floats;
  /** Takes one step on every parameter. */
  update(arrays: ModelArrays, update: OptimizerUpdate): void;
}

interface OptimizerUpdate {
  /** The vector of weights that is read, and the one that is written; may be the same. */
  readonly from: number;
  readonly to: number;
  /** One vector for every one of `stateNames`, in that order; updated in place. */
  readonly state: readonly number[];
  /** Where a parameter's gradient lies in its bank, float32. */
  readonly gradientAt: (place: ParameterPlace) => number;
  /** What the gradient is multiplied by, in double precision, as it is read. */
  readonly factor: number;
  /** The number of this step, from 1; the only thing a checkpoint needs beside the state. */
  readonly step: number;
  readonly learningRate: number;
}

export function createOptimizer(spec: OptimizerSpec): Optimizer {
  const { stateNames, update: updateParameter } = ruleOf(spec);
  return {
    stateNames,
    state: (parameters) =>
      parameters.flatMap(({ name, shape }) => stateNames.map((state) => ({ name: `${name}.${state}`, shape }))),
    stateOf(arrays, vectors) {
      const views = stateNames.map((state, i) => [state, arrays.vector(vectors[i])] as const);
      return Object.fromEntries(
        arrays.places.flatMap(({ name }) => views.map(([state, vector]) => [`${name}.${state}`, vector[name]])),
      );
    },
    update(arrays, { from, to, state, gradientAt, ...common }) {
      for (const place of arrays.places) {
        const { kernels, length, vectorAt } = place;
        updateParameter({
          ...common,
          kernels,
          length,
          from: vectorAt(from),
          to: vectorAt(to),
          gradient: gradientAt(place),
          state: stateNames.map((_, i) => vectorAt(state[i])),
        });
      }
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
