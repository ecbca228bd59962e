// Dropout's masks: the bits that runs have had, and what shares a draw.

import { describe, expect, test } from 'vitest';
import { elements } from './program/tensor.ts';
import { fillDropoutMask, type Mask, maskHash } from './random.ts';

const mask: Mask = { shape: [19, 5], rate: 0.3, seed: 7, site: 2, across: 'element' };

function drawn(of: Mask, step: number, shard: number): Float32Array {
  const data = new Float32Array(elements(of.shape));
  fillDropoutMask(data, of, step, shard);
  return data;
}

test('elements are keyed by seed, step, shard, site, row and feature', () => {
  expect(maskHash(mask, 3, 1)).toBe(1543306691);
  const features = [
    '1111011111011101111',
    '0111011111010110111',
    '0110010101011110001',
    '0001110101111111011',
    '1010111001111111101',
  ];
  const kept = Math.fround(1 / 0.7);
  const expected = Array.from({ length: 95 }, (_, i) => (features[i % 5][Math.floor(i / 5)] === '1' ? kept : 0));
  expect([...drawn(mask, 3, 1)]).toEqual(expected);
});

describe('across time', () => {
  const across: Mask = { ...mask, shape: [4, 3, 17], across: 'time' };

  test('every time step has the first one, which is that of a mask of elements', () => {
    const data = drawn(across, 3, 1);
    const first = [...drawn({ ...mask, shape: [3, 17] }, 3, 1)];
    for (let t = 0; t < 4; t++) expect([...data.subarray(t * 51, (t + 1) * 51)]).toEqual(first);
    expect(first.slice(0, 17)).not.toEqual(first.slice(17, 34)); // another sequence
  });

  test('another step or shard has another', () => {
    expect(drawn(across, 4, 1)).not.toEqual(drawn(across, 3, 1));
    expect(drawn(across, 3, 0)).not.toEqual(drawn(across, 3, 1));
  });
});

describe('across shards', () => {
  const across: Mask = { ...mask, shape: [20, 30], across: 'shard' };

  test('every shard of a step has the same; another step and another site have another', () => {
    const data = drawn(across, 3, 0);
    expect(drawn(across, 3, 5)).toEqual(data);
    expect(drawn(across, 4, 0)).not.toEqual(data);
    expect(drawn({ ...across, site: 3 }, 3, 0)).not.toEqual(data);
  });

  test('none of them is a mask of elements', () => {
    for (const shard of [0, 1, 2]) {
      expect(drawn({ ...across, across: 'element' }, 3, shard)).not.toEqual(drawn(across, 3, shard));
    }
  });

  test('the share of zeros is the rate', () => {
    const zeros = drawn({ ...across, shape: [100, 100] }, 3, 0).filter((value) => value === 0).length;
    expect(zeros / 10_000).toBeCloseTo(0.3, 1);
  });
});
