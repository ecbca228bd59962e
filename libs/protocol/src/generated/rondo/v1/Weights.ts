// Original file: ../../proto/rondo/v1/work.proto

import type { Bundle as _rondo_v1_Bundle, Bundle__Output as _rondo_v1_Bundle__Output } from '../../rondo/v1/Bundle.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * The weights with which the assignments that follow compute: those after `step` committed steps.
 */
export interface Weights {
  'run'?: (string);
  'step'?: (number | string | Long);
  'tensors'?: (_rondo_v1_Bundle | null);
}

/**
 * The weights with which the assignments that follow compute: those after `step` committed steps.
 */
export interface Weights__Output {
  'run': (string);
  'step': (number);
  'tensors': (_rondo_v1_Bundle__Output | null);
}
