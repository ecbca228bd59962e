// The kernels of the layers between and behind recurrent ones: activations, normalization, pooling, attention. See kernels.ts for
// pointers, leading dimensions and lengths.

export interface LayerKernels {
  /** y [rows, n] = activation(x): 0 tanh, 1 ReLU, 2 sigmoid. May be in place. */
  activation(kind: 0 | 1 | 2, x: number, ldx: number, rows: number, n: number, y: number, ldy: number): void;
  /** dx [rows, n] = dy · slope, from the activation's value y. */
  activationGradient(
    kind: 0 | 1 | 2,
    y: number,
    ldy: number,
    dy: number,
    ldDy: number,
    rows: number,
    n: number,
    dx: number,
    ldDx: number,
  ): void;

  /** mean [N] and inverse [N] = 1 / √(variance + epsilon) of the columns of x [F, N]; the variance is divided by F. */
  columnMoments(
    x: number,
    ld: number,
    features: number,
    n: number,
    epsilon: number,
    mean: number,
    inverse: number,
  ): void;
  /** y [F, N] = gain [F] · (x - mean) · inverse + bias [F] */
  layerNorm(
    x: number,
    ldx: number,
    features: number,
    n: number,
    mean: number,
    inverse: number,
    gain: number,
    bias: number,
    y: number,
    ldy: number,
  ): void;
  /**
   * The sums of its gradient, with m = (x - mean) · inverse: dGain [F] = Σ dy m and dBias [F] = Σ dy over the columns,
   * average [N] = mean(gain dy) and along [N] = mean(gain dy m) over the features.
   */
  layerNormSums(
    x: number,
    ldx: number,
    dy: number,
    ldDy: number,
    features: number,
    n: number,
    mean: number,
    inverse: number,
    gain: number,
    dGain: number,
    dBias: number,
    average: number,
    along: number,
  ): void;
  /** dx [F, N] = inverse · (gain dy - average - m · along) */
  layerNormGradient(
    x: number,
    ldx: number,
    dy: number,
    ldDy: number,
    features: number,
    n: number,
    mean: number,
    inverse: number,
    gain: number,
    average: number,
    along: number,
    dx: number,
    ldDx: number,
  ): void;

  /** y [F, B] = mean (0) or largest (1) of x [F, T·B] over the steps within each sequence's length; 0 where there are none. */
  pool(
    over: 0 | 1,
    x: number,
    ldx: number,
    features: number,
    time: number,
    batch: number,
    lengths: number,
    y: number,
    ldy: number,
  ): void;
  /** dx [F, T·B], 0 past a length: dy / length, or dy at the first step whose x is y. */
  poolGradient(
    over: 0 | 1,
    x: number,
    ldx: number,
    y: number,
    ldy: number,
    dy: number,
    ldDy: number,
    features: number,
    time: number,
    batch: number,
    lengths: number,
    dx: number,
    ldDx: number,
  ): void;

  /** x [rows, n]: the first `count` of each row become their softmax, those behind them 0. In place. */
  softmaxRows(x: number, ld: number, rows: number, n: number, count: number): void;
  /** From the softmax y [rows, n]: dy becomes y · (dy - Σ y dy), the sum along its row. In place. */
  softmaxRowsGradient(y: number, ldy: number, dy: number, ldDy: number, rows: number, n: number): void;

  /** x [n] becomes e^2x, x cut at ±43. In place. */
  doubledExponentials(n: number, x: number): void;
  /**
   * scores [Q, K] = vector [H] · tanh(query [Q, H] + keys [K, H]) of one sequence, the first `count` of every row; rows lie
   * one behind the other. Queries and keys are given as `doubledExponentials`.
   */
  additiveScores(
    query: number,
    timeQ: number,
    keys: number,
    timeK: number,
    count: number,
    hidden: number,
    vector: number,
    scores: number,
  ): void;
  /** dQuery [Q, H], dKeys [K, H] and dVector [H] from dScores [Q, K], the first `count` of every row. */
  additiveScoresGradient(
    query: number,
    timeQ: number,
    keys: number,
    timeK: number,
    count: number,
    hidden: number,
    vector: number,
    dScores: number,
    dQuery: number,
    dKeys: number,
    dVector: number,
  ): void;
}
