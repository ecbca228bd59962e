// Original file: ../../proto/rondo/v1/work.proto

import type { ProgramText as _rondo_v1_ProgramText, ProgramText__Output as _rondo_v1_ProgramText__Output } from '../../rondo/v1/ProgramText.ts';

/**
 * The programs of a run; they replace those of the run before. Sent before any assignment of that run.
 */
export interface Prepare {
  'run'?: (string);
  'engine'?: (string);
  'programs'?: (_rondo_v1_ProgramText)[];
}

/**
 * The programs of a run; they replace those of the run before. Sent before any assignment of that run.
 */
export interface Prepare__Output {
  'run': (string);
  'engine': (string);
  'programs': (_rondo_v1_ProgramText__Output)[];
}
