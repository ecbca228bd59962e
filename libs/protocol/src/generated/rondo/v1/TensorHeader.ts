// Original file: ../../proto/rondo/v1/work.proto

import type { ElementType as _rondo_v1_ElementType, ElementType__Output as _rondo_v1_ElementType__Output } from '../../rondo/v1/ElementType.ts';

export interface TensorHeader {
  /**
   * 1 to 256 characters, once in a bundle.
   */
  'name'?: (string);
  /**
   * The two of 16 bits come in Gradients alone.
   */
  'type'?: (_rondo_v1_ElementType);
  'shape'?: (number)[];
}

export interface TensorHeader__Output {
  /**
   * 1 to 256 characters, once in a bundle.
   */
  'name': (string);
  /**
   * The two of 16 bits come in Gradients alone.
   */
  'type': (_rondo_v1_ElementType__Output);
  'shape': (number)[];
}
