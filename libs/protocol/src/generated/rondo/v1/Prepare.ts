// Original file: ../../proto/rondo/v1/work.proto

import type { ProgramText as _rondo_v1_ProgramText, ProgramText__Output as _rondo_v1_ProgramText__Output } from '../../rondo/v1/ProgramText.ts';
import type { ElementType as _rondo_v1_ElementType, ElementType__Output as _rondo_v1_ElementType__Output } from '../../rondo/v1/ElementType.ts';

/**
 * The programs of a run; they replace those of the run before. Sent before any assignment of that run.
 */
export interface Prepare {
  'run'?: (string);
  'engine'?: (string);
  'programs'?: (_rondo_v1_ProgramText)[];
  /**
   * In which every node of the tree is rounded (to nearest, ties to even) where it is computed, and in which Gradients
   * carry it.
   */
  'gradients'?: (_rondo_v1_ElementType);
  /**
   * What a node holds is the sum of its gradients times 2^exponent, rounded. 0 for ELEMENT_TYPE_FLOAT32.
   */
  'exponent'?: (number);
  /**
   * Leaves of a training step's tree.
   */
  'shards'?: (number);
}

/**
 * The programs of a run; they replace those of the run before. Sent before any assignment of that run.
 */
export interface Prepare__Output {
  'run': (string);
  'engine': (string);
  'programs': (_rondo_v1_ProgramText__Output)[];
  /**
   * In which every node of the tree is rounded (to nearest, ties to even) where it is computed, and in which Gradients
   * carry it.
   */
  'gradients': (_rondo_v1_ElementType__Output);
  /**
   * What a node holds is the sum of its gradients times 2^exponent, rounded. 0 for ELEMENT_TYPE_FLOAT32.
   */
  'exponent': (number);
  /**
   * Leaves of a training step's tree.
   */
  'shards': (number);
}
