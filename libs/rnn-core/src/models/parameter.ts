// Parameters: named tensors that training changes, and their first values.

import { elements, type Shape } from '../program/tensor.ts';
import { hashOf, mix, normal, uniform } from '../random.ts';

export interface Parameter {
  /** PyTorch's name, e.g. `rnn.weight_ih_l0`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initializer;
}

/** `uniform` draws from [-bound, bound); `normal` has mean 0 and standard deviation 1. */
export type Initializer = { readonly kind: 'uniform'; readonly bound: number } | { readonly kind: 'normal' };

/** First values of parameter number `index` of a model: a pure function of the seed, the index and the element. */
export function initialValues({ shape, initial }: Parameter, seed: number, index: number): Float32Array {
  const key = hashOf(seed, index);
  const draw = (element: number): number => {
    const hash = mix(key, element);
    return initial.kind === 'normal' ? normal(hash) : (2 * uniform(hash) - 1) * initial.bound;
  };
  return Float32Array.from({ length: elements(shape) }, (_, element) => draw(element));
}
