// The kernels over whole gradients and weights: sums, the norm, optimizer steps. All take n neighbouring float32.

export interface UpdateKernels {
  /** y [n] += x [n] */
  addInto(n: number, x: number, y: number): void;
  /** x [n] *= factor, a float64; each product is rounded once. */
  scaleInto(n: number, factor: number, x: number): void;
  /** Σ x² over n elements in float64, in a fixed order. */
  sumOfSquares(n: number, x: number): number;

  /**
   * An optimizer's step on n float32 weights in place: libs/training's formulas in float64, the state stored as float32, so
   * that the bits are those of plain JavaScript. `buffer` is 0 without momentum; `first` is 1 in the first step.
   */
  sgd(
    n: number,
    weights: number,
    gradient: number,
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
    weights: number,
    gradient: number,
    squares: number,
    buffer: number,
    learningRate: number,
    alpha: number,
    epsilon: number,
    momentum: number,
    weightDecay: number,
  ): void;
  /**
   * Adam and AdamW. stepSize = learningRate / (1 - β₁ᵗ), squaresCorrection = √(1 - β₂ᵗ); `coupled` is Adam's weight decay,
   * `kept` AdamW's 1 - learningRate · weightDecay.
   */
  adam(
    n: number,
    weights: number,
    gradient: number,
    means: number,
    squares: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    stepSize: number,
    squaresCorrection: number,
    coupled: number,
    kept: number,
  ): void;
}
