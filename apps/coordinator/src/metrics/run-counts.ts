// What is counted while a run trains, whichever it is: steps and their phases, checkpoints, work that was done in vain.

import type { Metrics } from '@rondo/metrics';
import type { Effect, Event } from '@rondo/training';
import type { FromRun } from '../run-thread/messages.ts';

/** In the order in which a step goes through them; as in metrics.jsonl. */
const phases = ['wait', 'send', 'compute', 'sum', 'optimizer'] as const;

/** Why a node was to be computed once more, or was computed more often than needed. */
const retryReasons = ['failed', 'left', 'late'] as const;

/** Seconds: from small models on one machine to large ones across slow networks. */
const stepBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const longBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800];

/** A line of metrics.jsonl. */
export type MetricsLine =
  | { readonly split: 'validation'; readonly loss: number; readonly seconds: number }
  | ({
      readonly split?: undefined;
      readonly loss: number;
      readonly tokens: number;
      readonly seconds: number;
      readonly gradientNorm: number;
      readonly learningRate: number;
    } & { readonly [P in (typeof phases)[number]]: number });

export class RunCounts {
  readonly #steps;
  readonly #tokens;
  readonly #stepSeconds;
  readonly #phaseSeconds;
  readonly #validationSeconds;
  readonly #checkpointSeconds;
  readonly #checkpointFailures;
  readonly #rollBacks;
  readonly #tasks;
  readonly #retries;
  readonly #refused;
  readonly #putAside;

  constructor(metrics: Metrics) {
    this.#steps = metrics.counter('rondo_steps_committed_total', 'Training steps that were committed.');
    this.#tokens = metrics.counter('rondo_tokens_total', 'Training targets (tokens) of committed steps.');
    this.#stepSeconds = metrics.histogram(
      'rondo_step_seconds',
      'Time of a step, without the validations between steps.',
      stepBuckets,
    );
    this.#phaseSeconds = metrics.histogramBy(
      'rondo_step_phase_seconds',
      'Phases of a step, along the worker whose node came last.',
      { name: 'phase', values: phases },
      stepBuckets,
    );
    this.#validationSeconds = metrics.histogram('rondo_validation_seconds', 'Time of a validation.', longBuckets);
    this.#checkpointSeconds = metrics.histogram(
      'rondo_checkpoint_write_seconds',
      'Time from the start of a checkpoint until it is on the disk; training goes on meanwhile.',
      longBuckets,
    );
    this.#checkpointFailures = metrics.counter(
      'rondo_checkpoint_failures_total',
      'Checkpoints that could not be written; each is tried again.',
    );
    this.#rollBacks = metrics.counter(
      'rondo_rollbacks_total',
      'Returns to an earlier checkpoint because a worker had computed wrongly.',
    );
    this.#tasks = metrics.counter('rondo_tasks_assigned_total', 'Nodes that were given to a worker.');
    this.#retries = metrics.counterBy(
      'rondo_task_retries_total',
      'Tasks whose node others had to compute: the worker failed, left, or was late so that another was first.',
      { name: 'reason', values: retryReasons },
    );
    this.#refused = metrics.counterBy(
      'rondo_results_refused_total',
      'Results that were not used: nobody had asked for them, or they were not finite where those of others are.',
      { name: 'reason', values: ['unasked', 'not_finite'] },
    );
    this.#putAside = metrics.counter(
      'rondo_workers_put_aside_total',
      'Workers that were put aside: an audit has shown that they compute wrongly.',
    );
  }

  /** The run's thread has said something. */
  heard(message: FromRun): void {
    if (message.type === 'recorded') this.#recorded(JSON.parse(message.metrics) as MetricsLine);
    else if (message.type === 'checkpoint-written') this.#checkpointSeconds.observe(message.seconds);
    else if (message.type === 'checkpoint-failed') this.#checkpointFailures.add(1);
  }

  #recorded(line: MetricsLine): void {
    if (line.split === 'validation') {
      this.#validationSeconds.observe(line.seconds);
      return;
    }
    this.#steps.add(1);
    this.#tokens.add(line.tokens);
    this.#stepSeconds.observe(line.seconds);
    for (const phase of phases) this.#phaseSeconds.observe(phase, line[phase]);
  }

  /** The brain has answered an event. */
  decided(event: Event, effects: readonly Effect[]): void {
    for (const { type } of effects) {
      if (type === 'assign') this.#tasks.add(1);
      else if (type === 'refuse') this.#refused.add('unasked', 1);
      else if (type === 'suspect') this.#refused.add('not_finite', 1);
      else if (type === 'put-aside') this.#putAside.add(1);
      else if (type === 'roll-back') this.#rollBacks.add(1);
      const reason = retryReason(event, type);
      if (reason !== undefined) this.#retries.add(reason, 1);
    }
  }
}

function retryReason(event: Event, effect: Effect['type']): (typeof retryReasons)[number] | undefined {
  if (effect === 'drop' && event.type === 'node-failed') return 'failed';
  if (effect === 'drop' && event.type === 'worker-left') return 'left';
  // What a stop or a roll-back cancels was not late.
  if (effect === 'cancel' && (event.type === 'node-computed' || event.type === 'tick')) return 'late';
  return undefined;
}
