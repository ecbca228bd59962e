// Exponential, logarithm, tanh and sigmoid beside Math in double precision, over every exponent and densely where they bend.

import { beforeEach, describe, expect, test } from 'vitest';
import { clear, kernels, vector } from './workbench.ts';

beforeEach(clear);

type Name = 'exp' | 'log' | 'tanh' | 'sigmoid';

/** Σ 2^i-spaced bit patterns: 2^17 floats of both signs and every exponent, denormals, infinities and NaNs included. */
const everyExponent = new Float32Array(Uint32Array.from({ length: 2 ** 17 }, (_, i) => (i << 15) ^ (i % 32768)).buffer);
const evenly = (from: number, to: number) =>
  Float32Array.from({ length: 2 ** 17 }, (_, i) => from + ((to - from) * i) / 2 ** 17);

function apply(name: Name, inputs: Float32Array): Float32Array {
  clear();
  const x = vector(inputs.length, (i) => inputs[i]);
  const y = vector(inputs.length);
  kernels[name](inputs.length, x.at, y.at);
  return Float32Array.from({ length: inputs.length }, (_, i) => y.get(0, i));
}

/** The distance of neighbouring floats at |value|, at least that of denormals. */
function unitInTheLastPlace(value: number): number {
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(value))) - 23, -149);
}

/** How far `found` is from `exact`, in units of the last place of the nearest float; 0 for equal infinities and NaN. */
function ulps(found: number, exact: number): number {
  const nearest = Math.fround(exact);
  if (Object.is(found, nearest)) return 0;
  if (!Number.isFinite(nearest)) return found === nearest ? 0 : Infinity;
  return Math.abs(found - exact) / unitInTheLastPlace(nearest);
}

/** The largest error, and where it is. */
function worst(name: Name, exact: (x: number) => number, inputs: Float32Array) {
  const found = apply(name, inputs);
  let largest = { error: 0, x: 0, found: 0 };
  inputs.forEach((x, i) => {
    const error = ulps(found[i], exact(x));
    if (!(error <= largest.error)) largest = { error, x, found: found[i] };
  });
  return largest;
}

const exactSigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** The least input of sigmoid whose result is no normal float, which may be 0. */
const leastOfSigmoid = -Math.log(2 ** 126);

const bounds: { name: Name; exact: (x: number) => number; within: number; inputs: Float32Array }[] = [
  { name: 'exp', exact: Math.exp, within: 1, inputs: everyExponent },
  { name: 'exp', exact: Math.exp, within: 1, inputs: evenly(-105, 90) },
  { name: 'exp', exact: Math.exp, within: 1, inputs: evenly(-1, 1) },
  { name: 'log', exact: Math.log, within: 1, inputs: everyExponent },
  { name: 'log', exact: Math.log, within: 1, inputs: evenly(0.5, 2) },
  { name: 'log', exact: Math.log, within: 1, inputs: evenly(1, 1000) },
  { name: 'tanh', exact: Math.tanh, within: 4.5, inputs: everyExponent },
  { name: 'tanh', exact: Math.tanh, within: 4.5, inputs: evenly(-10, 10) },
  { name: 'tanh', exact: Math.tanh, within: 4.5, inputs: evenly(0, 1) },
  { name: 'sigmoid', exact: exactSigmoid, within: 3.5, inputs: everyExponent.filter((x) => !(x < leastOfSigmoid)) },
  { name: 'sigmoid', exact: exactSigmoid, within: 3.5, inputs: evenly(leastOfSigmoid, 20) },
  { name: 'sigmoid', exact: exactSigmoid, within: 3.5, inputs: evenly(-1, 1) },
];

test.each(bounds)('$name is within $within units in the last place', ({ name, exact, within, inputs }) => {
  const largest = worst(name, exact, inputs);
  expect(largest.error, `at ${largest.x}: ${largest.found}`).toBeLessThanOrEqual(within);
});

test('sigmoid has no normal float where its value is none', () => {
  const inputs = everyExponent.filter((x) => x < leastOfSigmoid);
  const found = apply('sigmoid', inputs);
  expect(inputs.length).toBeGreaterThan(1000);
  found.forEach((y, i) => {
    expect(Math.abs(y - exactSigmoid(inputs[i]))).toBeLessThan(2 ** -126);
  });
});

test('the ends', () => {
  const inputs = Float32Array.of(-Infinity, -0, 0, Infinity, Number.NaN);
  expect([...apply('exp', inputs)]).toEqual([0, 1, 1, Infinity, Number.NaN]);
  expect([...apply('log', inputs)]).toEqual([Number.NaN, -Infinity, -Infinity, Infinity, Number.NaN]);
  expect([...apply('tanh', inputs)]).toEqual([-1, -0, 0, 1, Number.NaN]);
  expect([...apply('sigmoid', inputs)]).toEqual([0, 0.5, 0.5, 1, Number.NaN]);
});

test('tanh and sigmoid stay within their bounds', () => {
  expect(apply('tanh', evenly(-20, 20)).every((y) => Math.abs(y) <= 1)).toBe(true);
  expect(apply('sigmoid', evenly(-20, 20)).every((y) => y >= 0 && y <= 1)).toBe(true);
});

describe('lengths that are no multiple of four', () => {
  test.each([1, 2, 3, 5, 7])('%i', (n) => {
    const x = vector(n, (i) => i / 3 - 1);
    const y = vector(n);
    kernels.exp(n, x.at, y.at);
    for (let i = 0; i < n; i++) expect(y.get(0, i)).toBeCloseTo(Math.exp(x.get(0, i)), 5);
  });
});
