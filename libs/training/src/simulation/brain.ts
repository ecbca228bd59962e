// The brain as the simulation uses it: a parameter, so that a test may put in one with a fault.

import type { auditDue, initialState, transition } from '../brain/index.ts';

export interface Brain {
  readonly initialState: typeof initialState;
  readonly transition: typeof transition;
  readonly auditDue: typeof auditDue;
}
