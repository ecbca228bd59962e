// Float32 tensors by name, and the one order in which they are walked.

import type { Shape } from '@rondo/rnn-core';

/** Data by name. */
export type Floats = Readonly<Record<string, Float32Array>>;

/** A tensor's name and shape, as rnn-core's parameters have them. */
export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

/** Ascending by UTF-16 code unit, whatever order the record was built in. */
export function sortedNames(record: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(record).sort();
}
