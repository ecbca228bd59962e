// Layer normalization (Ba, Kiros, Hinton 2016), as PyTorch's nn.LayerNorm over the last axis.

import { type Definition, expect, expectShape } from '../definition.ts';

/**
 * x [..., F], gain [F], bias [F] → y [..., F] = gain · (x - mean) / √(variance + epsilon) + bias,
 * mean and variance (biased: divided by F) over the features of a row.
 */
export const layerNorm: Definition<'layerNorm'> = {
  results({ x, gain, bias }, { epsilon }) {
    const features = x.shape.slice(-1);
    expectShape('layerNorm', 'gain', gain, features);
    expectShape('layerNorm', 'bias', bias, features);
    expect(epsilon > 0, 'layerNorm', `epsilon is above 0, not ${epsilon}`);
    return { y: { shape: x.shape, type: 'float32' } };
  },
  derivative(trace, { inputs: { x, gain }, options, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    const { dx, dGain, dBias } = trace.apply('layerNormGradient', { x, gain, dy }, options);
    return { x: dx, gain: dGain, bias: dBias };
  },
};

/**
 * With n = (x - mean) / √(variance + epsilon) and g = gain · dy: dx = (g - mean(g) - n · mean(g n)) / √(variance + epsilon),
 * dGain = Σ dy n and dBias = Σ dy over the rows.
 */
export const layerNormGradient: Definition<'layerNormGradient'> = {
  results({ x, gain, dy }) {
    expectShape('layerNormGradient', 'dy', dy, x.shape);
    return {
      dx: { shape: x.shape, type: 'float32' },
      dGain: { shape: gain.shape, type: 'float32' },
      dBias: { shape: gain.shape, type: 'float32' },
    };
  },
};
