// Parameters: named tensors that training changes, and their first values.

import { elements, type Shape } from '../program/tensor.ts';
import { hashOf, mix, normal, uniform } from '../random.ts';
import { orthogonalize } from './orthogonal.ts';

export interface Parameter {
  /** PyTorch's name, e.g. `rnn.weight_ih_l0`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initializer;
  /** Share of the values that every training step leaves out, the same in all its shards (DropConnect); absent: none. */
  readonly dropout?: number | undefined;
}

export type Initializer =
  /** From [-bound, bound), except the elements of `fixed`, which have its value. */
  | { readonly kind: 'uniform'; readonly bound: number; readonly fixed?: Fixed | undefined }
  /** Of mean 0 and standard deviation 1. */
  | { readonly kind: 'normal' }
  /** `blocks` matrices below each other, each orthogonal. */
  | { readonly kind: 'orthogonal'; readonly blocks: number }
  | { readonly kind: 'constant'; readonly value: number };

interface Fixed {
  readonly from: number;
  readonly end: number;
  readonly value: number;
}

/** First values of parameter number `index` of a model: a pure function of the seed, the index and the element. */
export function initialValues({ shape, initial }: Parameter, seed: number, index: number): Float32Array {
  const key = hashOf(seed, index);
  const length = elements(shape);
  switch (initial.kind) {
    case 'uniform': {
      const { bound, fixed } = initial;
      const values = Float32Array.from({ length }, (_, element) => (2 * uniform(mix(key, element)) - 1) * bound);
      if (fixed !== undefined) values.fill(fixed.value, fixed.from, fixed.end);
      return values;
    }
    case 'normal':
      return Float32Array.from({ length }, (_, element) => normal(mix(key, element)));
    case 'orthogonal':
      return orthogonalBlocks(shape, initial.blocks, key);
    case 'constant':
      return new Float32Array(length).fill(initial.value);
  }
}

function orthogonalBlocks([rows, columns]: Shape, blocks: number, key: number): Float32Array {
  const values = Float64Array.from({ length: rows * columns }, (_, element) => normal(mix(key, element)));
  const height = rows / blocks;
  for (let block = 0; block < blocks; block++) {
    const size = height * columns;
    orthogonalize(values.subarray(block * size, (block + 1) * size), height, columns);
  }
  return Float32Array.from(values);
}
