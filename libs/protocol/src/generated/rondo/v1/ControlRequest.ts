// Original file: ../../proto/rondo/v1/jobs.proto

import type { Action as _rondo_v1_Action, Action__Output as _rondo_v1_Action__Output } from '../../rondo/v1/Action.ts';

export interface ControlRequest {
  'run'?: (string);
  'action'?: (_rondo_v1_Action);
}

export interface ControlRequest__Output {
  'run': (string);
  'action': (_rondo_v1_Action__Output);
}
