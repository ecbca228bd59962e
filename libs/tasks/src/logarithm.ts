// The natural logarithm with the same bits on every processor: what it gives reaches the weights.

/** Of atanh(s) = s · (1 + s²/3 + s⁴/5 + …); the first one left out is below 1e-18 for |s| < 0.172. */
const seriesTerms = 12;

/** log(x) for x > 0, within 1e-15 of its size or of 1: x = m · 2^e with m in [√½, √2), and log m = 2 atanh((m - 1) / (m + 1)). */
export function logarithm(x: number): number {
  let [mantissa, exponent] = [x, 0];
  for (; mantissa >= Math.SQRT2; exponent++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let term = seriesTerms; term >= 0; term--) sum = sum * s * s + 1 / (2 * term + 1);
  return exponent * Math.LN2 + 2 * s * sum;
}
