// The kinds of values that a spec holds. Each error text says what would be right.

import { z } from 'zod';
import { listOf } from '../wording.ts';

const largestInt32 = 2 ** 31 - 1;

export function whole(least: number, most = largestInt32) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** Of a line's columns: from 1, or from the end. */
export function columnNumber() {
  const error = 'a whole number from 1, or from -1 counted from the end';
  return z
    .int({ error })
    .min(-10_000, { error })
    .max(10_000, { error })
    .refine((value) => value !== 0, { error });
}

export function atLeast(least: number) {
  const error = `a number from ${least}`;
  return z.number({ error }).min(least, { error });
}

export function finite() {
  return z.number({ error: 'a number' });
}

export function above(bound: number) {
  const error = `a number above ${bound}`;
  return z.number({ error }).gt(bound, { error });
}

export function share() {
  const error = 'a number from 0 to below 1';
  return z.number({ error }).min(0, { error }).lt(1, { error });
}

export function fraction() {
  const error = 'a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

export function choice<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z.enum(values, { error: listOf(values, 'or') });
}

const longestPath = 1000;

export function path(what: string) {
  return z
    .string({ error: what })
    .min(1, { error: what })
    .max(longestPath, { error: `${what} of at most ${longestPath} characters` });
}

export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: `a mapping of ${listOf(Object.keys(shape), 'and')}` });
}

/** Wide tensors are refused for the machine's memory, where it is known; these bounds keep sizes exact. */
export const size = () => whole(1, 2 ** 24);

export function unionError(names: string, example: string) {
  return (issue: { code?: string }) => (issue.code === 'invalid_union' ? names : `a mapping such as ${example}`);
}
