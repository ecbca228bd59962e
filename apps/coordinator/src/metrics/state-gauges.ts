// How the coordinator stands, read when somebody asks: runs by phase, the queue, workers by state, what holds a run up.

import type { Metrics } from '@rondo/metrics';
import { runPhases } from '@rondo/storage';
import type { Hindrance, WorkerReport } from '@rondo/training';
import type { Runs } from '../runs.ts';
import type { ConnectedWorker } from '../services/work-service.ts';

const workerStates = ['computing', 'ready', 'late', 'silent', 'leaving', 'idle'] as const satisfies readonly Exclude<
  WorkerReport['state'],
  'gone'
>[];

const hindranceKinds = [
  'no workers',
  'disk',
  'silent',
  'aside',
  'late',
  'slow',
] as const satisfies readonly Hindrance['kind'][];

export function addStateGauges(metrics: Metrics, runs: Runs, workers: () => readonly ConnectedWorker[]): void {
  metrics.gaugeBy('rondo_runs', 'Runs that the coordinator knows, by phase.', 'phase', () =>
    counted(
      runPhases,
      runs.entries.map(({ document }) => document.phase),
    ),
  );
  metrics.gauge('rondo_queue_length', 'Runs that wait for their turn.', () => runs.queued);
  metrics.gaugeBy('rondo_workers', 'Connected workers, by state.', 'state', () => {
    const states = new Map(runs.slot.workers().map(({ name, state }) => [name, state]));
    return counted(
      workerStates,
      workers().map(({ name }) => states.get(name) ?? 'idle'),
    );
  });
  metrics.gauge(
    'rondo_workers_put_aside',
    'Workers that get no more work of the run that trains, connected or not.',
    () => Object.keys(runs.slot.entry?.document.aside ?? {}).length,
  );
  metrics.gauge(
    'rondo_nodes_waiting',
    'Nodes of the step under way that no worker computes, or only one that is late.',
    () => runs.slot.nodesWaiting,
  );
  metrics.gaugeBy('rondo_hindrances', 'What holds the run up that trains, by kind.', 'kind', () =>
    [...counted(hindranceKinds, runs.slot.entry?.hindrances?.().map(({ kind }) => kind) ?? [])].map(
      ([kind, number]) => [kind.replace(' ', '_'), number] as const,
    ),
  );
}

/** How often each value is found, those included that are not. */
function counted(values: readonly string[], found: readonly string[]): Map<string, number> {
  const counts = new Map(values.map((value) => [value, 0]));
  for (const value of found) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
