// Slots of gradients: what is refused, what is found not finite, digests, and nodes that are dropped.

import type { TensorHeader } from '@rondo/protocol';
import { createModelMemory, type GradientFormat, ModelArrays } from '@rondo/training';
import { describe, expect, test } from 'vitest';
import { GradientSlots } from './gradient-slots.ts';

const lengths = { a: 5, b: 2 };
type Parameter = keyof typeof lengths;
const parameters = Object.entries(lengths).map(([name, length]) => ({ name, shape: [length] }));
const header = (name: string, length = lengths[name as Parameter] ?? 1): TensorHeader => {
  return { name, type: 'float32', shape: [length] };
};

function setUp(slotCount: number, format: GradientFormat = { type: 'float32', exponent: 0 }) {
  const arrays = new ModelArrays(createModelMemory(parameters, { format, vectors: 0, slots: slotCount }));
  return { arrays, slots: new GradientSlots(arrays, slotCount) };
}

const unexpected = (worker: string, reason: string) => {
  throw new Error(`${worker} is disconnected: ${reason}`);
};

const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** A whole message with one gradient. */
function send(slots: GradientSlots, worker: string, task: number, name: Parameter, value = (_i: number) => 1) {
  const place = slots.place(worker, task, header(name));
  place?.set(bytesOf(...Array.from({ length: lengths[name] }, (_, i) => value(i))));
  return slots.receive(worker, task, [header(name)]);
}

describe('a gradient', () => {
  const misfits: [string, TensorHeader][] = [
    ['an unknown parameter', header('c')],
    ['another length', header('a', 4)],
    ['another type', { ...header('a'), type: 'float16' }],
  ];
  test.each(misfits)('of %s has no place and is refused', (_, misfit) => {
    const { slots } = setUp(1);
    slots.open(1, 'w', unexpected);
    expect(slots.place('w', 1, misfit)).toBeUndefined();
    expect(slots.receive('w', 1, [misfit])).toMatch(
      /^gradient [ac] \(float(16|32)\[\d\]\) is none of this run, or came/,
    );
  });

  test('that comes twice, or was announced before its task was given, is refused', () => {
    const { slots } = setUp(1);
    expect(slots.place('w', 1, header('a'))).toBeUndefined();
    slots.open(1, 'w', unexpected);
    expect(slots.receive('w', 1, [header('a')])).toMatch('came twice or too early');
    expect(send(slots, 'w', 1, 'a')).toBeUndefined();
    expect(send(slots, 'w', 1, 'a')).toMatch('came twice or too early');
  });

  test("of another worker's task goes nowhere", () => {
    const { slots } = setUp(1);
    slots.open(1, 'w', unexpected);
    expect(slots.place('other', 1, header('a'))).toBeUndefined();
    expect(slots.receive('other', 1, [header('a')])).toBeUndefined();
    expect(slots.complete(1)).toBe('a');
  });

  test('is whole when every parameter has come', () => {
    const { slots, arrays } = setUp(1);
    slots.open(1, 'w', unexpected);
    send(slots, 'w', 1, 'b', (i) => 7 + i);
    expect(slots.complete(1)).toBe('a');
    expect(() => slots.handOver(1)).toThrow('task 1 is not complete');
    send(slots, 'w', 1, 'a', (i) => i);
    expect(slots.complete(1)).toBeUndefined();
    slots.left('w');
    expect(arrays.slot(slots.handOver(1))).toEqual({ a: Float32Array.of(0, 1, 2, 3, 4), b: Float32Array.of(7, 8) });
    expect(() => slots.handOver(1)).toThrow('task 1 has no slot');
  });
});

describe('of a complete node', () => {
  const result = {
    lossSum: 0.1,
    weight: 8,
    outputs: new Map([[3, { h: Float32Array.of(1, 2), n: Int32Array.of(3) }]]),
  };

  function complete(value: (name: string, i: number) => number = (_name, i) => i) {
    const { slots } = setUp(1);
    slots.open(1, 'w', unexpected);
    for (const name of ['b', 'a'] as const) send(slots, 'w', 1, name, (i) => value(name, i));
    slots.complete(1);
    return slots;
  }

  test('the first parameter that is not finite is named, in the order in which they came', () => {
    expect(complete().nonFinite(1)).toBeUndefined();
    for (const bad of [Infinity, -Infinity, Number.NaN]) {
      expect(complete((name, i) => (name === 'a' && i === 4 ? bad : 1e-40)).nonFinite(1)).toBe('a');
      expect(complete(() => bad).nonFinite(1)).toBe('b');
    }
  });

  test('the digest tells every bit of gradient, loss, weight and states', () => {
    const digest = (change: object = {}, value?: (name: string, i: number) => number) =>
      complete(value).digest(1, { ...result, ...change });
    expect(digest()).toBe(digest());
    const others = [
      digest({ lossSum: 0.1 + 2 ** -56 }),
      digest({ weight: 9 }),
      digest({ outputs: new Map([[2, result.outputs.get(3)]]) }),
      digest({ outputs: new Map([[3, { h: Float32Array.of(1, 2), n: Int32Array.of(4) }]]) }),
      digest({ outputs: new Map() }),
      digest({}, (name, i) => (name === 'a' && i === 0 ? -0 : i)),
    ];
    expect(new Set([digest(), ...others]).size).toBe(7);
  });
});

test('16-bit gradients are received and checked as their bits', () => {
  const { slots, arrays } = setUp(1, { type: 'bfloat16', exponent: 3 });
  slots.open(1, 'w', unexpected);
  const halves: TensorHeader = { name: 'b', type: 'bfloat16', shape: [2] };
  slots.place('w', 1, halves)?.set(new Uint8Array(Uint16Array.of(0x3f80, 0xff80).buffer));
  slots.receive('w', 1, [halves]);
  expect(slots.nonFinite(1)).toBe('b');
  expect(arrays.slot(0).b).toEqual(Uint16Array.of(0x3f80, 0xff80));
});

test('the slot of a node that is dropped amid a message is free once that has come', () => {
  const { slots } = setUp(1);
  slots.open(1, 'w', unexpected);
  slots.place('w', 1, header('a'));
  slots.drop(1);
  expect(slots.place('w', 1, header('b'))).toBeUndefined();
  expect(slots.receive('w', 1, [header('a')])).toBeUndefined();
  slots.open(2, 'v', unexpected);
  slots.drop(2);
  slots.open(3, 'w', unexpected);
  expect(() => slots.open(4, 'v', unexpected)).toThrow('more nodes are under way than a run has slots');
});

test('when no slot is free, the worker that sends for the oldest dropped node is disconnected', () => {
  const { slots } = setUp(2);
  for (const [task, worker] of [
    [1, 'u'],
    [2, 'v'],
  ] as const) {
    slots.open(task, worker, unexpected);
    slots.place(worker, task, header('a'));
  }
  slots.drop(2);
  slots.drop(1);
  const disconnected: string[] = [];
  slots.open(3, 'w', (worker, reason) => disconnected.push(`${worker} ${reason}`));
  expect(disconnected).toEqual([
    'u is amid sending a gradient of task 1, which was given up, and its memory is needed',
  ]);
});
