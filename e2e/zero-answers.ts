// Answers of a worker that computes nothing: zeros, whole and well-formed; and answers with one thing wrong.

import { crc32 } from 'node:zlib';
import type { FromCoordinator } from '@rondo/protocol';
import { hidden, parameters } from './bad-specs.ts';
import type { RawMessage } from './raw-worker.ts';

type Assignment = NonNullable<FromCoordinator['assignment']>;
type Tensor = readonly [name: string, elements: number];

/** A carrier of tensors of zeros, and their chunks. */
function withZeros(
  kind: 'result' | 'gradients',
  fields: { step: number },
  tensors: readonly Tensor[],
  transfer: number,
) {
  const headers = tensors.map(([name, elements]) => ({ name, type: 'ELEMENT_TYPE_FLOAT32', shape: [elements] }));
  const chunks = tensors.map(([, elements], tensor) => {
    const data = Buffer.alloc(4 * elements);
    return { chunk: { transfer, tensor, offset: 0, data, checksum: crc32(data), step: fields.step } };
  });
  return [{ [kind]: { ...fields, tensors: { transfer, tensors: headers } } }, ...chunks];
}

/** Transfers must grow on a stream; tasks do. */
const transferOf = ({ task }: Assignment, index: number) => 3 * task + index;

function gradients(assignment: Assignment, tensors: readonly Tensor[] = parameters, index = 0): RawMessage[] {
  const { task, step } = assignment;
  return withZeros('gradients', { task, step } as { step: number }, tensors, transferOf(assignment, index));
}

function result(assignment: Assignment, change: object = {}, states?: readonly Tensor[]): RawMessage[] {
  const { inputs: _, ...same } = assignment;
  const { first, end } = assignment;
  const whole = Array.from({ length: end - first }, (_, i): Tensor => [`${first + i}/h_l0`, hidden]);
  const fields = { ...same, lossSum: 1, weight: 1, seconds: 0, ...change };
  return withZeros('result', fields, states ?? whole, transferOf(assignment, 2));
}

export function answerTo(assignment: Assignment): RawMessage[] {
  return [...gradients(assignment), ...result(assignment)];
}

const [first, ...others] = parameters;

/**
 * By the name of the worker that gives it. Each ends with a result: a node that was late may have been given to another
 * worker meanwhile; then nobody looks at its answer, but the next one comes only after it.
 */
export const badAnswers: Readonly<
  Record<string, { readonly messages: (assignment: Assignment) => RawMessage[]; readonly reason: RegExp }>
> = {
  'without-gradients': {
    messages: (assignment) => result(assignment),
    reason: /^the gradient of embedding\.weight has not come/,
  },
  'without-one-gradient': {
    messages: (assignment) => [...gradients(assignment, others), ...result(assignment)],
    reason: /^the gradient of embedding\.weight has not come/,
  },
  'with-a-gradient-twice': {
    messages: (assignment) => [...gradients(assignment), ...gradients(assignment, [first], 1), ...result(assignment)],
    reason: /^gradient embedding\.weight .* came twice/,
  },
  'with-a-longer-gradient': {
    messages: (assignment) => [...gradients(assignment, [[first[0], first[1] + 1]]), ...result(assignment)],
    reason: /^gradient embedding\.weight .* is none of this run/,
  },
  'with-an-unknown-gradient': {
    messages: (assignment) => [...gradients(assignment, [['__proto__', 1]]), ...result(assignment)],
    reason: /^gradient __proto__ .* is none of this run/,
  },
  'with-a-longer-state': {
    messages: (assignment) => [...gradients(assignment), ...result(assignment, {}, [[`${assignment.first}/h_l0`, 9]])],
    reason: /state h_l0 has 9 elements/,
  },
  'with-no-state': {
    messages: (assignment) => [...gradients(assignment), ...result(assignment, {}, [])],
    reason: /state h_l0 has no elements/,
  },
  'with-a-weight-below-0': {
    messages: (assignment) => [...gradients(assignment), ...result(assignment, { weight: -1 })],
    reason: /weight is -1/,
  },
  'with-endless-seconds': {
    messages: (assignment) => [...gradients(assignment), ...result(assignment, { seconds: Number.POSITIVE_INFINITY })],
    reason: /seconds is Infinity/,
  },
  'cut-off': {
    messages: (assignment) => [...gradients(assignment).slice(0, -1), ...result(assignment)],
    reason: /^truncated-bundle/,
  },
};
