// Where a run's time went, from its lines of metrics.

/** In the order in which a step goes through them. */
const phases = ['wait', 'send', 'compute', 'sum', 'optimizer'] as const;
type Phase = (typeof phases)[number];

/** A line of metrics.jsonl; a validation's has no phases. */
export type PhasedLine = { readonly seconds: number } & { readonly [P in Phase]?: number };

/** e.g. `80.2 ms a step: wait 0 %, send 12 %, compute 83 %, sum 1 %, optimizer 4 %`; undefined when no line tells. */
export function phasesSummary(lines: readonly PhasedLine[]): string | undefined {
  const steps = lines.filter(({ compute }) => compute !== undefined);
  if (steps.length === 0) return undefined;
  const total = (of: (line: PhasedLine) => number) => steps.reduce((sum, line) => sum + of(line), 0);
  const seconds = total((line) => line.seconds);
  const shares = phases.map((phase) => `${phase} ${Math.round((100 * total((line) => line[phase] ?? 0)) / seconds)} %`);
  return `${((1000 * seconds) / steps.length).toFixed(1)} ms a step: ${shares.join(', ')}`;
}
