// Adam with PyTorch's defaults through Rondo's kernels, in place, so that a step is the peers' step.

import { createMemory, instantiateKernels, scratchBytes } from '@rondo/simd';

/**
 * Moves the weights among `inputs` into a memory that the kernels reach.
 * @param {readonly import('@rondo/rnn-core').Parameter[]} parameters
 * @param {Record<string, Float32Array | Int32Array>} inputs changed in place
 * @param {{ learningRate: number }} options
 */
export function createAdam(parameters, inputs, { learningRate }) {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const sizes = parameters.map(({ name }) => inputs[name].length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const scratch = 64;
  const start = scratch + scratchBytes;
  const memory = createMemory(start + 4 * 4 * total);
  const kernels = instantiateKernels(memory, scratch);
  const floats = new Float32Array(memory.buffer);
  const [weightsAt, gradientAt, meansAt, squaresAt] = [0, 1, 2, 3].map((part) => start + 4 * total * part);
  let begin = 0;
  const places = parameters.map(({ name }, index) => {
    const place = { name, begin, end: begin + sizes[index] };
    begin = place.end;
    const own = floats.subarray(weightsAt / 4 + place.begin, weightsAt / 4 + place.end);
    own.set(inputs[name]);
    inputs[name] = own;
    return place;
  });
  let step = 0;
  return {
    /** @param {import('@rondo/rnn-core').Tensors} gradients sums over `targets` @param {number} targets */
    step(gradients, targets) {
      step += 1;
      for (const { name, begin: at } of places) floats.set(gradients[name], gradientAt / 4 + at);
      kernels.scaleInto(total, 1 / targets, gradientAt);
      const stepSize = learningRate / (1 - beta1 ** step);
      const correction = Math.sqrt(1 - beta2 ** step);
      const state = /** @type {const} */ ([weightsAt, gradientAt, meansAt, squaresAt]);
      kernels.adam(total, ...state, beta1, beta2, epsilon, stepSize, correction, 0, 1);
    },
  };
}
