// float16 and bfloat16 beside their definition: every value of 16 bits, every boundary between two, and their sums.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clear, expectGapsUntouched, halves, kernels, noise, vector } from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

/** By definition: sign, exponent with its bias, fraction; the last exponent holds infinity and NaN. */
interface Format {
  readonly name: string;
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly narrow: typeof kernels.toFloat16;
  readonly widen: typeof kernels.fromFloat16;
  readonly addInto: typeof kernels.addFloat16Into;
}

const { toFloat16, fromFloat16, addFloat16Into, toBfloat16, fromBfloat16, addBfloat16Into } = kernels;
const formats: Format[] = [
  {
    name: 'float16',
    exponentBits: 5,
    fractionBits: 10,
    narrow: toFloat16,
    widen: fromFloat16,
    addInto: addFloat16Into,
  },
  {
    name: 'bfloat16',
    exponentBits: 8,
    fractionBits: 7,
    narrow: toBfloat16,
    widen: fromBfloat16,
    addInto: addBfloat16Into,
  },
];

function numberOf({ exponentBits, fractionBits }: Format, bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 * bias + 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** The bits of the value nearest to x, ties to the even one: found by bisection among all of them, in ascending order. */
function nearest(format: Format, x: number): number {
  const infinity = (2 ** format.exponentBits - 1) << format.fractionBits;
  if (Number.isNaN(x)) return infinity | (1 << (format.fractionBits - 1));
  const magnitude = Math.abs(x);
  let [below, above] = [0, infinity];
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (numberOf(format, middle) <= magnitude) below = middle;
    else above = middle;
  }
  // Infinity stands where the next exponent's first value would.
  const at = (bits: number) =>
    bits === infinity ? 2 * numberOf(format, infinity - (1 << format.fractionBits)) : numberOf(format, bits);
  const [down, up] = [magnitude - at(below), at(above) - magnitude];
  const bits = down < up || (down === up && below % 2 === 0) ? below : above;
  return (Object.is(x, -0) || x < 0 ? 0x8000 : 0) | bits;
}

const everything = Array.from({ length: 65_536 }, (_, bits) => bits);

function narrowed({ narrow }: Format, values: readonly number[], scale = 1): number[] {
  clear();
  const [x, y] = [vector(values.length, (i) => values[i]), halves(values.length)];
  narrow(values.length, scale, x.at, y.at);
  return values.map((_, i) => y.get(0, i));
}

describe.each(formats)('$name', (format) => {
  test('every one of its values, there and back', () => {
    const [x, y] = [halves(65_536, (i) => i), vector(65_536)];
    format.widen(65_536, 1, x.at, y.at);
    const values = everything.map((i) => y.get(0, i));
    expect(values).toEqual(everything.map((bits) => numberOf(format, bits)));
    const quiet = nearest(format, Number.NaN);
    expect(narrowed(format, values)).toEqual(everything.map((bits, i) => (Number.isNaN(values[i]) ? quiet : bits)));
  });

  test('between two values to the nearer, in the middle to the even one, past the last to infinity', () => {
    const values = everything.slice(0, 0x8000).flatMap((bits) => {
      const [one, next] = [numberOf(format, bits), numberOf(format, bits + 1)];
      if (!Number.isFinite(one)) return [one];
      const middle = Number.isFinite(next) ? (one + next) / 2 : one + (one - numberOf(format, bits - 1)) / 2;
      const step = 2 ** Math.max(Math.floor(Math.log2(middle)) - 23, -149);
      return [middle - step, middle, middle + step];
    });
    const both = [...values, ...values.map((value) => -value)].map(Math.fround);
    expect(narrowed(format, both)).toEqual(both.map((value) => nearest(format, value)));
  });

  test('of every exponent of float32, with a power of two', () => {
    const inputs = [...new Float32Array(Uint32Array.from({ length: 8192 }, (_, i) => (i << 19) ^ (i * 40503)).buffer)];
    for (const exponent of [0, 10, -14]) {
      const expected = inputs.map((x) => nearest(format, Math.fround(x * 2 ** exponent)));
      expect(narrowed(format, inputs, 2 ** exponent)).toEqual(expected);
    }
  });

  test('scales as it widens', () => {
    const [x, y] = [halves(19, (i) => 0x3f00 + 37 * i), vector(19)];
    format.widen(19, 2 ** -5, x.at, y.at);
    for (let i = 0; i < 19; i++) expect(y.get(0, i)).toBe(numberOf(format, x.get(0, i)) / 32);
  });

  test.each([1, 7, 8, 9, 16, 23])('sums of %i are added in float32 and rounded', (n) => {
    const random = noise(n, 2);
    const draw = () => nearest(format, random() * 10 ** Math.round(2 * random()));
    const [x, y] = [halves(n, draw), halves(n, draw)];
    const expected = Array.from({ length: n }, (_, i) =>
      nearest(format, Math.fround(numberOf(format, x.get(0, i)) + numberOf(format, y.get(0, i)))),
    );
    format.addInto(n, x.at, y.at);
    expect(expected.map((_, i) => y.get(0, i))).toEqual(expected);
  });

  test('a sum beyond the range is infinite, and infinities of both signs make NaN', () => {
    const infinity = nearest(format, Infinity);
    const x = halves(3, (i) => [infinity - 1, infinity | 0x8000, infinity][i]);
    const y = halves(3, (i) => [infinity - 1, infinity, infinity][i]);
    format.addInto(3, x.at, y.at);
    expect([0, 1, 2].map((i) => y.get(0, i))).toEqual([infinity, nearest(format, Number.NaN), infinity]);
  });
});
