// A model's memory: its views, rounding and sums, several banks, and limits.

import { describe, expect, test } from 'vitest';
import { modelArrays, rounded } from '../workbench.ts';
import { gradientFormat } from './format.ts';
import { ModelArrays } from './model-arrays.ts';
import { createModelMemory, layOutBanks, mostSlots } from './model-memory.ts';

const formats = [
  { type: 'float32', exponent: 0 },
  { type: 'float16', exponent: -3 },
  { type: 'bfloat16', exponent: 5 },
] as const;

describe.each(formats)('$type', (format) => {
  // More than one piece on the way to being rounded, and lengths that no vector divides.
  const lengths = { z: 3, a: 5001, m: 8 };
  const values = (seed: number) => (i: number) => Math.fround(Math.sin(seed + i) * 3);

  test('puts rounded values into the slot alone', () => {
    const arrays = modelArrays(lengths, { format, vectors: 2, slots: 3 });
    expect(arrays.places.map(({ name }) => name)).toEqual(['a', 'm', 'z']);
    expect(Object.keys(arrays.slot(0))).toEqual(['z', 'a', 'm']);
    for (const { name, length } of arrays.places) {
      arrays.put(
        1,
        name,
        Float32Array.from({ length }, (_, i) => values(length)(i)),
      );
    }
    const at = arrays.widen(1, 1);
    const read = format.type === 'float32' ? arrays.slot(1) : arrays.vector(1);
    for (const { name, length, kernels, ...place } of arrays.places) {
      const scale = 2 ** format.exponent;
      const expected = Array.from({ length }, (_, i) => rounded(format.type, values(length)(i) * scale) / scale);
      expect([...read[name]]).toEqual(expected);
      const squares = expected.reduce((sum, value) => sum + value * value, 0);
      expect(kernels.sumOfSquares(length, at({ name, length, kernels, ...place }))).toBeCloseTo(squares, 8);
    }
    for (const untouched of [arrays.vector(0), arrays.slot(0), arrays.slot(2)]) {
      for (const tensor of Object.values(untouched)) expect(tensor.every((value) => value === 0)).toBe(true);
    }
  });

  test('adds one parameter, or all', () => {
    const arrays = modelArrays({ a: 9, b: 2 }, { format, slots: 2 });
    const [one, two] = [0, 1];
    for (const slot of [one, two]) {
      for (const { name, length } of arrays.places) arrays.put(slot, name, new Float32Array(length).fill(1 + slot));
    }
    const three = modelArrays({ a: 9, b: 2 }, { format, slots: 1 });
    for (const { name, length } of three.places) three.put(0, name, new Float32Array(length).fill(3));
    const before = arrays.slot(one).a.slice();
    arrays.addInto(one, two, 'b');
    expect(arrays.slot(one)).toEqual({ a: before, b: three.slot(0).b });
    arrays.addInto(one, two, 'a');
    expect(arrays.slot(one)).toEqual(three.slot(0));
    arrays.addInto(two, one);
    expect(arrays.slot(two)).not.toEqual(three.slot(0));
    expect(arrays.slot(one)).toEqual(three.slot(0));
  });

  test('says of each parameter whether it is finite', () => {
    const arrays = modelArrays({ a: 9, b: 2 }, { format, slots: 2 });
    arrays.put(1, 'a', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, Infinity));
    arrays.put(0, 'b', Float32Array.of(Number.NaN, 0));
    const found = [0, 1].map((slot) => ['a', 'b'].map((name) => arrays.allFinite(slot, name)));
    expect(found).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test('what is misshapen, unknown or not there is an error', () => {
    const arrays = modelArrays({ a: 2 }, { format, vectors: 1, slots: 1 });
    expect(() => arrays.put(0, 'a', new Float32Array(3))).toThrow('a: 3 elements, expected 2');
    expect(() => arrays.put(0, 'b', new Float32Array(3))).toThrow('b: no parameter of this model');
    expect(() => arrays.allFinite(0, 'b')).toThrow('b: no parameter of this model');
    expect(() => arrays.slot(1)).toThrow('slot 1 of a model memory for 1');
    expect(() => arrays.vector(1)).toThrow('vector 1 of a model memory for 1');
    expect(() => arrays.addInto(0, 1)).toThrow('slot 1 of a model memory for 1');
    expect(() => arrays.reserve(2)).toThrow('2 slots wanted of a model memory for 1');
  });
});

test('16-bit gradients need a place where they are widened', () => {
  const arrays = modelArrays({ a: 1 }, { format: formats[1], vectors: 1, slots: 1 });
  expect(() => arrays.widen(0, undefined)).toThrow('float16 gradients need a vector');
});

test('the exponent follows from the number of targets', () => {
  const exponent = (batch: number, sequence: number) =>
    gradientFormat({ gradients: 'float16', batch, sequence }).exponent;
  expect([exponent(1, 1), exponent(32, 32), exponent(64, 64), exponent(65, 64), exponent(2 ** 24, 2 ** 24)]).toEqual([
    10, 0, -2, -3, -38,
  ]);
  expect(gradientFormat({ gradients: 'float32', batch: 64, sequence: 64 })).toEqual(formats[0]);
});

describe('banks', () => {
  const twentyMillion = 20_000_000;
  const large = (slots: number) =>
    createModelMemory(
      ['a', 'b', 'c'].map((name) => ({ name, shape: [twentyMillion] })),
      { format: formats[0], vectors: 0, slots },
    );

  test('a model beyond one memory lies in several, and takes none of it before it is used', () => {
    const memory = large(25);
    expect(memory.banks.map(({ layout }) => layout.parameters.map(({ name }) => name))).toEqual([['a', 'b'], ['c']]);
    expect(memory.banks.map((bank) => bank.memory.buffer.byteLength)).toEqual([65_536, 65_536]);
    const arrays = new ModelArrays(memory);
    arrays.reserve(2);
    arrays.slot(0).c[twentyMillion - 1] = 1;
    arrays.slot(1).c[twentyMillion - 1] = 2;
    arrays.addInto(0, 1, 'c');
    expect(arrays.slot(0).c[twentyMillion - 1]).toBe(3);
  });

  test('how many slots there can be follows from the largest parameter', () => {
    const parameters = ['a', 'b'].map((name, i) => ({ name, shape: [(1 + i) * twentyMillion] }));
    for (const format of formats) {
      const most = mostSlots(parameters, { format, vectors: 2 });
      expect(() => layOutBanks(parameters, { format, vectors: 2, slots: most })).not.toThrow();
      expect(() => layOutBanks(parameters, { format, vectors: 2, slots: most + 1 })).toThrow('for b alone');
    }
  });

  test('a parameter beyond one memory is refused with its size', () => {
    expect(() => large(60)).toThrow(
      '0 float32 vectors and 60 float32 gradients of the model need 4.5 GiB for a alone, a parameter of 20000000 ' +
        'elements, and a memory holds 4.0 GiB: fewer shards or a smaller model need less',
    );
  });
});
