// Columns of numbers scaled to mean 0 and standard deviation 1, as the part that is trained on has them.

/** scaled = (value - mean) / deviation */
export interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * The scale of every column; what does not vary is only shifted, and NaN does not count.
 * @param parts of rows of `width` numbers. @param scale none: the values stay as they are.
 */
export function learnScales(parts: readonly ArrayLike<number>[], width: number, scale: 'standard' | 'none'): Scale[] {
  return Array.from({ length: width }, (_, column) => {
    if (scale === 'none') return { mean: 0, deviation: 1 };
    const meanOf = (measure: (value: number) => number) => {
      let [sum, count] = [0, 0];
      for (const part of parts) {
        for (let i = column; i < part.length; i += width) {
          if (Number.isNaN(part[i])) continue;
          sum += measure(part[i]);
          count++;
        }
      }
      return count === 0 ? 0 : sum / count;
    };
    const mean = meanOf((value) => value);
    const deviation = Math.sqrt(meanOf((value) => (value - mean) * (value - mean)));
    return { mean, deviation: deviation === 0 ? 1 : deviation };
  });
}

/** @param values rows of as many numbers as there are scales. */
export function scaled(values: ArrayLike<number>, scales: readonly Scale[]): Float32Array {
  return Float32Array.from(values, (value, i) => {
    const { mean, deviation } = scales[i % scales.length];
    return (value - mean) / deviation;
  });
}

/** Whether a preparation has a scale for each of `width` columns. */
export function areScales(list: unknown, width: number): list is readonly Scale[] {
  if (!Array.isArray(list) || list.length !== width) return false;
  return list.every((scale) => Number.isFinite(scale?.mean) && scale.deviation > 0);
}
