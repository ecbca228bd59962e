// Where a run's time went, from its lines of metrics.

/** In the order in which a step goes through them. */
const phases = ['wait', 'send', 'compute', 'sum', 'optimizer'] as const;
type Phase = (typeof phases)[number];

/** A line of metrics.jsonl; a validation's has no phases. */
export type PhasedLine = { readonly seconds: number } & { readonly [P in Phase]?: number };

export interface StepTime {
  /** Of a step on average. */
  readonly stepMs: number;
  /** In order. */
  readonly shares: readonly { readonly phase: Phase; readonly share: number }[];
}

/** @returns undefined when no line tells. */
export function phaseShares(lines: readonly PhasedLine[]): StepTime | undefined {
  const steps = lines.filter(({ compute }) => compute !== undefined);
  if (steps.length === 0) return undefined;
  const total = (of: (line: PhasedLine) => number) => steps.reduce((sum, line) => sum + of(line), 0);
  const seconds = total((line) => line.seconds);
  return {
    stepMs: (1000 * seconds) / steps.length,
    shares: phases.map((phase) => ({ phase, share: seconds > 0 ? total((line) => line[phase] ?? 0) / seconds : 0 })),
  };
}

/** e.g. `80.2 ms a step: wait 0 %, send 12 %, compute 83 %, sum 1 %, optimizer 4 %`; undefined when no line tells. */
export function phasesSummary(lines: readonly PhasedLine[]): string | undefined {
  const taken = phaseShares(lines);
  if (taken === undefined) return undefined;
  const shares = taken.shares.map(({ phase, share }) => `${phase} ${Math.round(100 * share)} %`);
  return `${taken.stepMs.toFixed(1)} ms a step: ${shares.join(', ')}`;
}
