// Layer normalization in plain loops, forward and backward side by side. Letters: N rows, F features.

import { type Floats, floats, type Precision } from './arrays.ts';

/** Of the row x [F]: its mean, and 1 / √(variance + epsilon). */
function moments(x: Floats, epsilon: number): { mean: number; inverse: number } {
  const average = (of: (value: number) => number) => {
    let sum = 0;
    for (const value of x) sum += of(value);
    return sum / x.length;
  };
  const mean = average((value) => value);
  return { mean, inverse: 1 / Math.sqrt(average((value) => (value - mean) ** 2) + epsilon) };
}

/** y [N, F] = gain [F] · (x [N, F] - mean) / √(variance + epsilon) + bias [F] */
export function layerNorm(x: Floats, gain: Floats, bias: Floats, epsilon: number, precision: Precision): Floats {
  const F = gain.length;
  const y = floats(precision, x.length);
  for (let from = 0; from < x.length; from += F) {
    const { mean, inverse } = moments(x.subarray(from, from + F), epsilon);
    for (let f = 0; f < F; f++) y[from + f] = (x[from + f] - mean) * inverse * gain[f] + bias[f];
  }
  return y;
}

/** dx [N, F], dGain [F], dBias [F] from dy [N, F] */
export function layerNormGradient(x: Floats, gain: Floats, dy: Floats, epsilon: number, precision: Precision) {
  const F = gain.length;
  const [dx, dGain, dBias] = [x.length, F, F].map((length) => floats(precision, length));
  for (let from = 0; from < x.length; from += F) {
    const { mean, inverse } = moments(x.subarray(from, from + F), epsilon);
    const normal = (f: number) => (x[from + f] - mean) * inverse;
    let [sum, sumNormal] = [0, 0]; // of gain · dy, and of that times the normalized x
    for (let f = 0; f < F; f++) {
      sum += gain[f] * dy[from + f];
      sumNormal += gain[f] * dy[from + f] * normal(f);
      dGain[f] = dGain[f] + dy[from + f] * normal(f);
      dBias[f] = dBias[f] + dy[from + f];
    }
    for (let f = 0; f < F; f++) {
      dx[from + f] = inverse * (gain[f] * dy[from + f] - sum / F - (normal(f) * sumNormal) / F);
    }
  }
  return { dx, dGain, dBias };
}
