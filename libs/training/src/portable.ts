// Functions whose bits are the same on every processor and JavaScript engine: additions, products and quotients alone.
// Math.pow and Math.cos may differ between engines; Math.sqrt may not (IEEE 754 rounds it correctly).

/** base^exponent by repeated squaring; `exponent` is a whole number from 0. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}

/** Of cos(x) = 1 - x²/(1·2)·(1 - x²/(3·4)·(1 - …)); the first one left out is below 1e-19 at π/2. */
const seriesTerms = 11;

/** cos(x) for x in [0, π], within 1e-15: the Taylor series on [0, π/2], mirrored beyond it. */
export function cosine(x: number): number {
  if (x > Math.PI / 2) return -cosine(Math.PI - x);
  const square = x * x;
  let sum = 1;
  for (let term = seriesTerms; term > 0; term--) sum = 1 - (square / ((2 * term - 1) * (2 * term))) * sum;
  return sum;
}
