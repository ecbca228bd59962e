// What `rondo top` shows of a cluster, as a value: runs and workers as they are, and the steps of the run that trains.

import type { ListResponse } from '@rondo/protocol';
import { isOver } from '@rondo/storage';
import { phaseOf, type RunView, viewOf } from '../runs/run-view.ts';
import type { PhasedLine } from '../train/step-phases.ts';

/** Steps of which the loss is kept, and of which the phases are summed up. */
const keptSteps = 1000;
const phasedSteps = 20;

/** A step's line of metrics.jsonl. */
type StepLine = PhasedLine & { readonly step: number; readonly loss: number };

export interface ClusterView {
  readonly coordinator: string;
  readonly runs: readonly RunView[];
  readonly workers: ListResponse['workers'];
  /** Whose steps are shown. */
  readonly training: string | undefined;
  readonly steps: readonly StepLine[];
  /** Why what is shown is not of now. */
  readonly fault?: string | undefined;
}

export const emptyView = (coordinator: string): ClusterView => ({
  coordinator,
  runs: [],
  workers: [],
  training: undefined,
  steps: [],
});

/** The coordinator's answer. Steps of another run than before begin anew. */
export function withList(view: ClusterView, { runs, workers }: ListResponse): ClusterView {
  const training = runs.find((run) => phaseOf(run) === 'training')?.name;
  const steps = training === undefined || training === view.training ? view.steps : [];
  // Steps of a run that has just ended stay until another one trains.
  return { ...view, runs: runs.map(viewOf), workers, training: training ?? view.training, steps, fault: undefined };
}

/** A line of metrics.jsonl of the run that trains. */
export function withMetrics(view: ClusterView, line: string): ClusterView {
  const step = JSON.parse(line) as StepLine & { readonly split?: string };
  if (step.split === 'validation') return view;
  // Steps that were rolled back come again.
  const before = view.steps.filter((known) => known.step < step.step);
  return { ...view, steps: [...before, step].slice(-keptSteps) };
}

/** The first step whose metrics are wanted, of a run that has committed so many. */
export const firstWanted = (committed: number): number => Math.max(1, committed - keptSteps + 1);

/** Those whose phases are shown. */
export const recentSteps = ({ steps }: ClusterView): readonly StepLine[] => steps.slice(-phasedSteps);

/** What goes on comes first, then what waits, then the newest of what is over. */
export function inOrder(runs: readonly RunView[]): RunView[] {
  const rank = ({ phase }: RunView) => (phase === 'training' ? 0 : phase === 'waiting' ? 1 : isOver(phase) ? 3 : 2);
  return runs
    .map((run, index) => ({ run, index }))
    .sort((a, b) => rank(a.run) - rank(b.run) || (isOver(a.run.phase) ? b.index - a.index : a.index - b.index))
    .map(({ run }) => run);
}
