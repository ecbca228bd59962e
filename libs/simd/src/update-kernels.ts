// The kernels over whole gradients and weights: sums, the norm, whether all is finite, half precision, optimizer steps. All
// take n neighbouring elements, float32 where nothing else is said.

export interface UpdateKernels {
  /** y [n] += x [n] */
  addInto(n: number, x: number, y: number): void;
  /** Σ x² over n elements in float64, in a fixed order. */
  sumOfSquares(n: number, x: number): number;
  /** y [n] = x [n] · factor in float64, cut to [-bound, bound]; y may be x. */
  clip(n: number, factor: number, bound: number, x: number, y: number): void;
  /** 1 when none of x [n] is infinite or NaN. */
  allFinite(n: number, x: number): 0 | 1;

  /**
   * y uint16 [n] = x [n] · scale, a power of two, rounded to the nearest float16, ties to even; what is beyond its range
   * becomes infinity, NaN stays NaN.
   */
  toFloat16(n: number, scale: number, x: number, y: number): void;
  toBfloat16(n: number, scale: number, x: number, y: number): void;
  /** y [n] = x · scale, x uint16 [n] */
  fromFloat16(n: number, scale: number, x: number, y: number): void;
  fromBfloat16(n: number, scale: number, x: number, y: number): void;
  /** y uint16 [n] = y + x, added in float32, rounded to the nearest float16. */
  addFloat16Into(n: number, x: number, y: number): void;
  addBfloat16Into(n: number, x: number, y: number): void;
  /** As allFinite, x uint16 [n] */
  allFiniteFloat16(n: number, x: number): 0 | 1;
  allFiniteBfloat16(n: number, x: number): 0 | 1;

  /**
   * An optimizer's step: libs/training's formulas in float64, the state stored as float32, so that the bits are those of
   * plain JavaScript. Weights are read at `from` and written at `to`, which may be the same; the gradient is multiplied by
   * `factor` in float64 as it is read. `buffer` is 0 without momentum; `first` is 1 in the first step.
   */
  sgd(
    n: number,
    from: number,
    to: number,
    gradient: number,
    factor: number,
    buffer: number,
    first: 0 | 1,
    learningRate: number,
    momentum: number,
    dampening: number,
    nesterov: 0 | 1,
    weightDecay: number,
  ): void;
  rmsprop(
    n: number,
    from: number,
    to: number,
    gradient: number,
    factor: number,
    squares: number,
    buffer: number,
    learningRate: number,
    alpha: number,
    epsilon: number,
    momentum: number,
    weightDecay: number,
  ): void;
  /**
   * Adam and AdamW, with the correction for early steps in the numbers: with c = √(1 - β₂ᵗ), `epsilon` is c times Adam's,
   * stepSize = learningRate · c / (1 - β₁ᵗ). `coupled` is Adam's weight decay, `kept` AdamW's 1 - learningRate · weightDecay.
   */
  adam(
    n: number,
    from: number,
    to: number,
    gradient: number,
    factor: number,
    means: number,
    squares: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    stepSize: number,
    coupled: number,
    kept: number,
  ): void;
}
