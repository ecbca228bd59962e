// When steps were committed, by the harness's own clock, and what follows from it: step times, stalls, sequences.

export interface Commit {
  readonly run: string;
  readonly step: number;
  readonly atMs: number;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a fault-free cluster takes, ms. */
export interface Normal {
  /** From a commit to the next of the same run; the median. */
  readonly stepMs: number;
  /** From the last commit of a run to the first of the next; the median. */
  readonly turnMs: number;
}

/** @param share 0.5 is the median; the value at or above that share of all. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Of the steps that lie within one of the windows. */
export function normalOf(commits: readonly Commit[], windows: readonly Window[]): Normal {
  const gaps = windows.flatMap(({ fromMs, toMs }) => {
    const inside = commits.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    return inside.slice(1).map((commit, i) => ({
      ms: commit.atMs - inside[i].atMs,
      turn: commit.run !== inside[i].run,
    }));
  });
  const median = (turn: boolean) =>
    quantile(
      gaps.filter((gap) => gap.turn === turn).map(({ ms }) => ms),
      0.5,
    );
  const stepMs = median(false);
  const turnMs = median(true);
  return { stepMs, turnMs: Number.isNaN(turnMs) ? stepMs : turnMs };
}

/**
 * By how much the slowest step that was under way at any time of the window took longer than a normal one.
 * @returns ms; undefined when no step was committed after the window.
 */
export function longestExcess(commits: readonly Commit[], window: Window, normal: Normal): number | undefined {
  const end = commits.findIndex(({ atMs }) => atMs > window.toMs);
  if (end < 1) return undefined;
  let longest = 0;
  for (let i = end; i > 0 && commits[i].atMs >= window.fromMs; i--) {
    const usual = commits[i].run === commits[i - 1].run ? normal.stepMs : normal.turnMs;
    longest = Math.max(longest, commits[i].atMs - commits[i - 1].atMs - usual);
  }
  return longest;
}

/** Steps that stand at a time, over all runs: a step that was taken again after a crash counts once. */
export function stepsAt(commits: readonly Commit[], atMs: number): number {
  const last = new Map<string, number>();
  for (const commit of commits) if (commit.atMs <= atMs) last.set(commit.run, commit.step);
  return [...last.values()].reduce((sum, step) => sum + step, 0);
}
