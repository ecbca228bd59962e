// Sequences that a program gives, as a file would hold them: texts, or lists of numbers.

import { DataFault } from '@rondo/data';
import type { ClassificationData } from '@rondo/spec';
import { type Sequences, symbolsOf } from './labelled-sequences.ts';

/**
 * @param unit of texts, which are strings; undefined: a sequence is a list of numbers, or a list of time steps of `features`
 *   numbers each.
 * @throws DataFault data-value that names the example by its place, from 0.
 */
export function givenSequences(
  inputs: readonly unknown[],
  unit: ClassificationData['unit'],
  features: number,
): Sequences {
  if (unit !== undefined) {
    return { kind: 'symbols', rows: inputs.map((input, i) => nonEmpty(symbolsOf(textOf(input, i), unit), i)) };
  }
  const rows = inputs.map((input, i) => givenNumbers(input, i, features));
  return { kind: 'numbers', rows, width: features };
}

function textOf(input: unknown, place: number): string {
  if (typeof input === 'string') return input;
  throw givenFault(place, `is ${kindOf(input)}; a string was expected`);
}

/** Time steps one after the other, [time, features]. @throws DataFault data-value that names the example. */
export function givenNumbers(input: unknown, place: number, features: number): Float32Array {
  const steps = isList(input) ? Array.from(input) : undefined;
  const fits = (step: unknown) =>
    isList(step) ? step.length === features && Array.from(step).every(isNumber) : features === 1 && isNumber(step);
  const at = steps?.findIndex((step) => !fits(step));
  if (steps !== undefined && at === -1) {
    const numbers = steps.flatMap((step) => (isList(step) ? Array.from(step) : step)) as number[];
    return nonEmpty(Float32Array.from(numbers), place);
  }
  const expected = features === 1 ? 'a list of numbers' : `a list of time steps of ${features} numbers each`;
  throw givenFault(
    place,
    `is ${steps === undefined ? kindOf(input) : `no such list at step ${at}`}; ${expected} was expected`,
  );
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const kindOf = (value: unknown) => (isList(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`);

function nonEmpty<Row extends ArrayLike<unknown>>(row: Row, place: number): Row {
  if (row.length > 0) return row;
  throw givenFault(place, 'is empty; a sequence has at least one element');
}

export function givenFault(place: number, message: string): DataFault {
  return new DataFault('data-value', `example ${place} ${message}`);
}
