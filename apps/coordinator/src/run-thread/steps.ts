// What the run's thread does with a run: commit a step, record a validation.

import type { Scores } from '@rondo/tasks';
import { appendLine, learningRateAt, metricsHead, type TreeNode, takeStep, tensorsChecksum } from '@rondo/training';
import { nowMs } from '../now.ts';
import type { CommitRequest, FromRun, ValidationRecord } from './messages.ts';
import type { Run } from './open-run.ts';
import type { NodeSum } from './run-model.ts';

/** A run without its files. */
export type Trained = Pick<Run, 'model' | 'inspected' | 'job' | 'steps' | 'committed'>;

/** Adds a node to the sums of the step under way. */
export function addNode({ model }: Run, node: TreeNode, sum: NodeSum, send: (message: FromRun) => void): void {
  model.add(node, sum, (slot) => send({ type: 'added', free: slot }));
}

/**
 * Takes the optimizer step with the sum of all nodes, then writes the step's lines: workers compute the next step while
 * this one is hashed.
 */
export function commitStep(run: Run, request: CommitRequest, send: (message: FromRun) => void): void {
  const { step, to } = request;
  const begun = nowMs();
  const sum = run.model.takeSum();
  const taken = advance(run, sum, to);
  if (taken === undefined) {
    send({ type: 'diverged', step });
    return;
  }
  send({ type: 'committed', step });
  const done = nowMs();
  const metrics = JSON.stringify({
    step,
    epoch: request.epoch,
    ...taken,
    ...phases(request, begun, done),
    workers: request.workers,
  });
  writeMetrics(run, metrics);
  // After the metrics, whose head it holds.
  writeLedger(run, request, sum.slot);
  send({ type: 'added', free: sum.slot });
  send({ type: 'recorded', metrics });
}

/**
 * Takes the next step in memory.
 * @param sum of all nodes. @param to the vector that gets the new weights.
 * @returns what metrics tell of the step; undefined: loss or gradient are not finite, and all is as it was.
 */
export function advance(run: Trained, { slot, lossSum, weight }: NodeSum, to: number) {
  const { model, inspected, job } = run;
  const { clipNorm, clipValue, optimizer, schedule } = job.spec.training;
  const step = run.committed + 1;
  const learningRate = learningRateAt(step, optimizer.learningRate, schedule, run.steps);
  const loss = lossSum / weight;
  if (!Number.isFinite(loss)) return undefined;
  const { from, arrays, state, gradient } = model;
  const inputs = { arrays, from, to, state, slot, gradient, weight, optimizer: inspected.optimizer };
  const { finite, gradientNorm } = takeStep({ ...inputs, learningRate, clipNorm, clipValue, step });
  if (!finite) return undefined;
  model.from = to;
  run.committed = step;
  return { loss, tokens: weight, gradientNorm, learningRate };
}

function writeMetrics({ metrics }: Run, line: string): void {
  metrics.append(line);
  metrics.head = metricsHead(metrics.head, line);
}

function writeLedger(
  { ledger, metrics, model, job, identity }: Run,
  { step, epoch, positions, nodes }: CommitRequest,
  slot: number,
): void {
  const { shards } = job.spec.training;
  const gradient = tensorsChecksum(model.arrays.slot(slot));
  const run = step === 1 ? identity : undefined;
  const entry = { step, epoch, positions, shards, nodes, gradient, metrics: metrics.head, run };
  const { line, hash } = appendLine(ledger.head, entry);
  ledger.append(line);
  ledger.head = hash;
}

/**
 * Where a step's seconds went, along the worker whose node came last: `compute` is its computing, `send` the way of weights and
 * gradients to it and back, `sum` adding nodes up after that, `optimizer` its step; `wait` is the rest, in which that worker
 * had nothing to do.
 */
function phases({ since, last }: CommitRequest, begun: number, done: number) {
  const seconds = Math.max(0, done - since) / 1000;
  const send = Math.max(0, last.busy - last.compute);
  const sum = Math.max(0, begun - last.at) / 1000;
  const optimizer = (done - begun) / 1000;
  const wait = Math.max(0, seconds - last.compute - send - sum - optimizer);
  return { seconds, wait, send, compute: last.compute, sum, optimizer };
}

/** @param scores beside the loss. */
export function recordValidation(run: Run, record: ValidationRecord, scores: Scores | undefined): FromRun {
  const { step, epoch, lossSum, weight, seconds, workers } = record;
  const loss = lossSum / weight;
  const metrics = JSON.stringify({ split: 'validation', step, epoch, loss, scores, tokens: weight, seconds, workers });
  writeMetrics(run, metrics);
  return { type: 'recorded', metrics };
}
