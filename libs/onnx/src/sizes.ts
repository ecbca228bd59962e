// Which sizes of a program are free: found by tracing it twice, with other sizes each time.

import type { Program, Shape } from '@rondo/rnn-core';
import { ExportFault } from './export-fault.ts';

/** factor · the product of the axes, such as `time`, whose size each run of the model chooses: 12; batch; 2·time·batch. */
export interface Size {
  readonly factor: number;
  readonly axes: readonly string[];
}

export const isFixed = ({ axes }: Size) => axes.length === 0;

/** A program with sizes in place of numbers. */
export interface FreeProgram {
  readonly program: Program;
  /** By tensor. */
  readonly shapes: readonly (readonly Size[])[];
}

/** An axis and the primes that stand for it in the two traces. */
interface Axis {
  readonly name: string;
  readonly sizes: readonly [number, number];
}

const primes = [101, 103, 107, 109, 113, 127, 131, 137];

/**
 * Traces a model twice. A size that comes out the same is fixed; another one is a product with the axes' primes in it: two
 * such products of different primes have nothing in common but their fixed factor.
 * @throws ExportFault when a size is no such product, or the operations differ.
 */
export function traceFree<A extends string>(
  trace: (extent: Readonly<Record<A, number>>) => Program,
  names: readonly A[],
): FreeProgram {
  if (2 * names.length > primes.length) throw new Error(`${names.length} axes are more than a model has`);
  const axes = names.map((name, i): Axis => ({ name, sizes: [primes[2 * i], primes[2 * i + 1]] }));
  const traceWith = (which: 0 | 1) =>
    trace(Object.fromEntries(axes.map(({ name, sizes }) => [name, sizes[which]])) as Record<A, number>);
  const [program, other] = [traceWith(0), traceWith(1)];
  if (structure(program) !== structure(other)) {
    throw new ExportFault(
      'no-onnx-form',
      `${program.name}: its operations depend on the size of ${names.join(' or ')}`,
    );
  }
  const shapes = program.tensors.map(({ shape }, id) => freeShape(program.name, shape, other.tensors[id].shape, axes));
  return { program, shapes };
}

/** All of a program but its sizes. */
function structure({ tensors, inputs, operations, outputs }: Program): string {
  const plain = operations.map(({ options, ...rest }) => ({ ...rest, options: { ...options, shape: undefined } }));
  return JSON.stringify([tensors.map(({ shape, type }) => [shape.length, type]), inputs, plain, outputs]);
}

function freeShape(program: string, first: Shape, second: Shape, axes: readonly Axis[]): Size[] {
  return first.map((size, i) => {
    const found = freeSize(size, second[i], axes);
    if (found !== undefined) return found;
    const names = axes.map(({ name }) => name).join(' and ');
    throw new ExportFault('no-onnx-form', `${program}: has a size that is no product of ${names}`);
  });
}

function freeSize(first: number, second: number, axes: readonly Axis[]): Size | undefined {
  if (first === second) return { factor: first, axes: [] };
  const factor = greatestDivisor(first, second);
  const found: string[] = [];
  let [restFirst, restSecond] = [first / factor, second / factor];
  for (const { name, sizes } of axes) {
    while (restFirst % sizes[0] === 0 && restSecond % sizes[1] === 0) {
      found.push(name);
      restFirst /= sizes[0];
      restSecond /= sizes[1];
    }
  }
  return restFirst === 1 && restSecond === 1 ? { factor, axes: found } : undefined;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
