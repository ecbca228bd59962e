// cpu-portable's promise: training gives the same bits on every processor. The hashes were made on one; any other must agree.

import { createCpuEngine } from '@rondo/engine-cpu';
import {
  type Cell,
  collectOutputs,
  hashOf,
  initialValues,
  languageModelParameters,
  languageModelStates,
  type Tensors,
  traceGradients,
} from '@rondo/rnn-core';
import { createModelMemory, createOptimizer, ModelArrays, takeStep, tensorsChecksum } from '@rondo/training';
import { expect, test } from 'vitest';

const steps = 50;
/** Sizes that no vector's width divides. */
const extent = { time: 7, batch: 19 };
const hidden = 37;
const adam = { name: 'adam', learningRate: 0.01, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 } as const;

const cases: { cell: Cell; sha256: string }[] = [
  { cell: { kind: 'lstm' }, sha256: 'efa08bb1f6f788cee949406a62ef2c28d22b98a17a485b429b8dec4773b4d90d' },
  { cell: { kind: 'gru', reset: 'after' }, sha256: 'c55cff7cf9160cc01ddd52e269ec2f9fe941b65d616899a952ca82aa96467526' },
  {
    cell: { kind: 'gru', reset: 'before' },
    sha256: 'f432d70e069d6c44b45f042b62c50560abe7cbe9e92fd26b4b82e279d42b227a',
  },
  {
    cell: { kind: 'rnn', activation: 'tanh' },
    sha256: 'd0f6957bd6fa553d1bd473c69956411db459a52b01672b40a486a0cc02a54849',
  },
];

test.each(cases)('weights after 50 steps: $cell.kind $cell.reset', async ({ cell, sha256 }) => {
  expect(await weightsAfterTraining(cell)).toBe(sha256);
});

/** SHA-256 of the weights of a stateful language model after 50 steps of Adam. */
async function weightsAfterTraining(cell: Cell): Promise<string> {
  const model = { vocabulary: 41, embedding: 23, hidden, layers: 2, cell, dropout: 0.2, tied: false };
  const parameters = languageModelParameters(model);
  const format = { type: 'float32', exponent: 0 } as const;
  const arrays = new ModelArrays(createModelMemory(parameters, { format, vectors: 3, slots: 1 }));
  arrays.reserve(1);
  const weights = arrays.vector(0);
  for (const [i, parameter] of parameters.entries()) weights[parameter.name].set(initialValues(parameter, 7, i));
  const optimizer = createOptimizer(adam);
  const engine = createCpuEngine('cpu-portable');
  const plan = await engine.compile(traceGradients(model, extent, 3));
  const drawn = (step: number, which: number) =>
    Int32Array.from({ length: extent.time * extent.batch }, (_, i) => hashOf(step, which, i) % model.vocabulary);
  const zeros = () => new Float32Array(extent.batch * hidden);
  let states: Tensors = Object.fromEntries(languageModelStates(model).map((name) => [name, zeros()]));
  for (let step = 1; step <= steps; step++) {
    const index = { step: Int32Array.of(step), shard: Int32Array.of(0) };
    const outputs = await collectOutputs(plan, {
      ...weights,
      ...states,
      ...index,
      ids: drawn(step, 0),
      targets: drawn(step, 1),
    });
    for (const name of Object.keys(weights)) arrays.put(0, name, outputs[name] as Float32Array);
    states = Object.fromEntries(Object.keys(states).map((name) => [name, outputs[name]]));
    takeStep({
      arrays,
      from: 0,
      to: 0,
      state: [1, 2],
      slot: 0,
      gradient: undefined,
      weight: outputs.weight[0],
      optimizer,
      learningRate: adam.learningRate,
      clipNorm: 1,
      clipValue: undefined,
      step,
    });
  }
  await engine.dispose();
  return tensorsChecksum(weights);
}
