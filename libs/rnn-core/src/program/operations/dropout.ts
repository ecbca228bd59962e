// Dropout's mask: a constant of the step, the shard and the place in the program (`random.ts` has the generator).

import { type Definition, expect } from '../definition.ts';

/**
 * step int32[1], shard int32[1] → mask `shape`: 0 with probability `rate`, else 1 / (1 - rate) (inverted dropout).
 * `across` says what one draw is for (`Mask` in random.ts).
 */
export const dropoutMask: Definition<'dropoutMask'> = {
  results({ step, shard }, { shape, rate, across }) {
    expect(step.type === 'int32' && shard.type === 'int32', 'dropoutMask', 'step and shard are int32[1]');
    expect(rate >= 0 && rate < 1, 'dropoutMask', `the rate lies in [0, 1), not ${rate}`);
    expect(
      across !== 'time' || shape.length === 3,
      'dropoutMask',
      `across time the shape is [T, B, F], not [${shape}]`,
    );
    return { mask: { shape, type: 'float32' } };
  },
  derivative: () => ({}),
};
