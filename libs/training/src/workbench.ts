// For tests: a model's arrays from sizes, and what rounding to 16 bits is by definition.

import type { GradientFormat } from './memory/format.ts';
import { ModelArrays } from './memory/model-arrays.ts';
import { createModelMemory } from './memory/model-memory.ts';

export const float32: GradientFormat = { type: 'float32', exponent: 0 };

/** One-dimensional parameters of these lengths; all slots are reserved. */
export function modelArrays(
  lengths: Readonly<Record<string, number>>,
  { format = float32, vectors = 0, slots = 0 }: { format?: GradientFormat; vectors?: number; slots?: number },
): ModelArrays {
  const parameters = Object.entries(lengths).map(([name, length]) => ({ name, shape: [length] }));
  const arrays = new ModelArrays(createModelMemory(parameters, { format, vectors, slots }));
  arrays.reserve(slots);
  return arrays;
}

const precisions = {
  float32: { fractionBits: 23, leastExponent: -126, largest: (2 - 2 ** -23) * 2 ** 127 },
  float16: { fractionBits: 10, leastExponent: -14, largest: 65504 },
  bfloat16: { fractionBits: 7, leastExponent: -126, largest: (2 - 2 ** -7) * 2 ** 127 },
};

/** x to the nearest value of the type, ties to the even one. */
export function rounded(type: GradientFormat['type'], x: number): number {
  const { fractionBits, leastExponent, largest } = precisions[type];
  if (x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), leastExponent);
  const step = 2 ** (exponent - fractionBits);
  const below = Math.floor(x / step);
  const rest = x / step - below;
  const steps = rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
  return Math.abs(steps * step) > largest ? Math.sign(x) * Infinity : steps * step;
}
