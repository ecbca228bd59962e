// The kernels of losses beyond plain cross-entropy, and their gradients. Letters: N columns, V classes, T time, B batch, K tags;
// see kernels.ts for pointers and leading dimensions.

export interface LossKernels {
  /**
   * Cross-entropy with class weights w [V] and smoothing ε, behind crossEntropy, which makes lse. At `sums`, a multiple of 8,
   * two float64: Σ (1 - ε) w[target] (lse - logits[target]) + ε/V Σ_c w[c] (lse - logits[c]) over the targets that are not
   * negative, and Σ w[target].
   */
  weightedCrossEntropy(
    logits: number,
    ld: number,
    v: number,
    n: number,
    targets: number,
    lse: number,
    weights: number,
    smoothing: number,
    sums: number,
  ): void;
  /** Its gradient times scale, 0 where the target is negative. May be in place. factors: float [N] that it may use. */
  weightedCrossEntropyGradient(
    logits: number,
    ld: number,
    v: number,
    n: number,
    targets: number,
    lse: number,
    weights: number,
    smoothing: number,
    scale: number,
    factors: number,
    dLogits: number,
    ldD: number,
  ): void;

  /**
   * At `sums`, a multiple of 8, two float64: Σ w · distance(y - targets) and Σ w over [rows, n]. kind 0: the square; 1: the
   * absolute value; 2: half the square within delta, a line beyond. A place of weight 0 does not count.
   */
  regressionLoss(
    kind: 0 | 1 | 2,
    delta: number,
    y: number,
    ldY: number,
    targets: number,
    ldTargets: number,
    weights: number,
    ldWeights: number,
    rows: number,
    n: number,
    sums: number,
  ): void;
  /** dY [rows, n]: its gradient times scale; may be y. */
  regressionLossGradient(
    kind: 0 | 1 | 2,
    delta: number,
    y: number,
    ldY: number,
    targets: number,
    ldTargets: number,
    weights: number,
    ldWeights: number,
    rows: number,
    n: number,
    scale: number,
    dY: number,
    ldD: number,
  ): void;

  /**
   * The conditional random field, first: shift [K], the largest score towards each tag, and odds [K, K] =
   * e^(transitions - shift).
   */
  crfOdds(k: number, transitions: number, shift: number, odds: number): void;
  /**
   * Step t forward. emissions, sums, logs and alphas [K, B] are the step's columns of [K, T·B], all but the emissions `ld` apart.
   * From step 1 on sums hold oddsᵀ alphas of the step before. bias [K] is the start's scores in step 0, then shift.
   * logs = log sums + bias + emissions, less the largest of the sequence, which is added to offsets, float64 [B];
   * alphas = e^logs; past a length both stay as they were. Sums below 2^-100 are rare: they are computed anew from logs and
   * transitions, and int32 rare[t] says whether there were any.
   */
  crfForward(
    k: number,
    batch: number,
    emissions: number,
    ldEmissions: number,
    bias: number,
    transitions: number,
    sums: number,
    logs: number,
    alphas: number,
    ld: number,
    offsets: number,
    rare: number,
    lengths: number,
    t: number,
  ): void;
  /**
   * Behind the last step, of which logs are: logTotals [B] = log Σ e^(logs + end); at `sums`, a multiple of 8, two float64:
   * Σ_b log Z - the score of targets int32 [T, B] along emissions [K, T·B], and Σ lengths.
   */
  crfLoss(
    k: number,
    batch: number,
    emissions: number,
    ldEmissions: number,
    transitions: number,
    start: number,
    end: number,
    targets: number,
    logs: number,
    ld: number,
    offsets: number,
    lengths: number,
    logTotals: number,
    sums: number,
  ): void;
  /** dTransitions [K, K] = minus how often the targets use each. */
  crfCounts(k: number, batch: number, targets: number, lengths: number, dTransitions: number): void;
  /**
   * Step t backward, pointers as forward, from step `last` on. Before it marginals hold odds · shares of the step behind, and
   * become the probability of each tag. logs become the shares marginals / sums, 0 where the sum is rare (what those say of
   * dTransitions is added) or past a length.
   */
  crfBackward(
    k: number,
    batch: number,
    end: number,
    transitions: number,
    logTotals: number,
    sums: number,
    logs: number,
    alphas: number,
    marginals: number,
    ld: number,
    dTransitions: number,
    rare: number,
    lengths: number,
    t: number,
    last: number,
  ): void;
  /**
   * The gradient times scale: marginals [K, T·B] less the targets, 0 past a length; dTransitions, with odds · pairs added
   * first, pairs [K, K] = alphas · sharesᵀ over all neighbouring steps (0: there are none); dStart and dEnd [K].
   */
  crfGradient(
    k: number,
    time: number,
    batch: number,
    targets: number,
    lengths: number,
    scale: number,
    odds: number,
    pairs: number,
    marginals: number,
    ld: number,
    dTransitions: number,
    dStart: number,
    dEnd: number,
  ): void;
}
