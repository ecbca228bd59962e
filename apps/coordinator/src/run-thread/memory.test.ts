// What a model is said to need beside what its memory really is.

import { createOptimizer } from '@rondo/training';
import { expect, test } from 'vitest';
import { copiedVectors } from './checkpoints.ts';
import { memoryFault } from './memory.ts';
import { RunModel, runMemorySize } from './run-model.ts';

const MiB = 2 ** 20;
const parameters = [{ name: 'a', shape: [1024, 1024] }];
const adam = { name: 'adam', learningRate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 } as const;
const sgd = { name: 'sgd', learningRate: 0.1, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 } as const;

test.each([
  { spec: sgd, gradients: 'float32', bytes: 20 * MiB },
  { spec: adam, gradients: 'float32', bytes: 28 * MiB },
  { spec: adam, gradients: 'bfloat16', bytes: 28 * MiB },
  { spec: sgd, gradients: 'float16', bytes: 20 * MiB },
] as const)(
  '$spec.name with $gradients gradients: what a RunModel with two nodes holds, without the vector for slow workers',
  ({ spec, gradients, bytes }) => {
    const optimizer = createOptimizer(spec);
    const training = { gradients, batch: 8, sequence: 8, shards: 2, audit: 0 };
    const withCopies = bytes + 4 * MiB * copiedVectors(optimizer.stateNames);
    expect(memoryFault(parameters, optimizer, training, withCopies)).toBeUndefined();
    expect(memoryFault(parameters, optimizer, training, withCopies - 1)).toMatch(
      /^the model has 1048576 parameters; .* need/,
    );
    const { arrays } = new RunModel(parameters, optimizer, training);
    arrays.reserve(2);
    const held = arrays.slot(1).a.buffer.byteLength - 4 * MiB;
    expect(held).toBeGreaterThanOrEqual(bytes);
    expect(held).toBeLessThan(bytes + MiB);
  },
);

test('a parameter that no memory holds is refused, whatever the machine has', () => {
  const training = { gradients: 'float32', batch: 8, sequence: 8, shards: 2, audit: 0 } as const;
  const large = [{ name: 'rnn.weight_hh_l0', shape: [32_000, 8000] }];
  expect(memoryFault(large, createOptimizer(adam), training, 2 ** 50)).toMatch(
    /need 8\.6 GiB for rnn\.weight_hh_l0 alone, .* and a memory holds 4\.0 GiB: fewer shards or a smaller model/,
  );
});

test('a run has two slots a shard and two more, and fewer where a memory holds no more of its largest parameter', () => {
  const training = { gradients: 'float32', batch: 8, sequence: 8, shards: 4, audit: 0 } as const;
  const slots = (elements: number, audit = 0) => {
    const shapes = [{ name: 'a', shape: [elements] }];
    return runMemorySize(shapes, createOptimizer(adam), { ...training, audit }).slots;
  };
  expect([slots(1000), slots(70_000_000), slots(90_000_000), slots(110_000_000)]).toEqual([10, 9, 5, 5]);
  // An audit needs two of each.
  expect(slots(90_000_000, 0.1)).toBe(10);
});
