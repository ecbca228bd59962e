// Early stopping: a run ends once its validations have got no better for long enough (Prechelt 1998).

/** Metrics of which less is better; of all others more is. */
const lessIsBetter: ReadonlySet<string> = new Set(['loss', 'rmse', 'mae', 'mase', 'mse']);

/** A number that is the lower the better the metric is. */
export function rankOf(metric: string, value: number): number {
  return lessIsBetter.has(metric) ? value : -value;
}

/**
 * Whether the last `patience` validations were all no better than the best one before them.
 * @param ranks of all validations of the run, in order; what is not finite is never the best.
 */
export function isExhausted(ranks: readonly number[], patience: number): boolean {
  let best = Number.POSITIVE_INFINITY;
  let since = 0;
  for (const rank of ranks) {
    since = rank < best ? 0 : since + 1;
    if (rank < best) best = rank;
  }
  return since >= patience;
}
