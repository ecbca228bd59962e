// What the run's thread does with a run: commit a step, record a validation.

import { appendLine, learningRateAt, type TreeNode, takeStep, tensorsChecksum } from '@rondo/training';
import { nowMs } from '../now.ts';
import type { CommitRequest, FromRun, ValidationRecord } from './messages.ts';
import type { Run } from './open-run.ts';
import type { NodeSum } from './run-model.ts';

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
  const { model, content } = run;
  const { clipNorm, optimizer, schedule } = run.job.spec.training;
  const sum = model.takeSum();
  const learningRate = learningRateAt(step, optimizer.learningRate, schedule, run.steps);
  const loss = sum.lossSum / sum.weight;
  const begun = nowMs();
  const { from, arrays, state, gradient } = model;
  const { slot, weight } = sum;
  const inputs = { arrays, from, to, state, slot, gradient, weight, optimizer: content.optimizer };
  const taken = Number.isFinite(loss) && takeStep({ ...inputs, learningRate, clipNorm, step });
  if (taken === false || !taken.finite) {
    send({ type: 'diverged', step });
    return;
  }
  model.from = to;
  run.committed = step;
  send({ type: 'committed', step, weights: model.from });
  const done = nowMs();

  writeLedger(run, request, slot);
  send({ type: 'added', free: slot });
  const metrics = JSON.stringify({
    step,
    epoch: request.epoch,
    loss,
    tokens: weight,
    gradientNorm: taken.gradientNorm,
    learningRate,
    ...phases(request, begun, done),
    workers: request.workers,
  });
  run.metrics.append(metrics);
  send({ type: 'recorded', metrics });
}

function writeLedger(
  { ledger, model, job }: Run,
  { step, epoch, positions, nodes }: CommitRequest,
  slot: number,
): void {
  const { shards } = job.spec.training;
  const gradient = tensorsChecksum(model.arrays.slot(slot));
  const { line, hash } = appendLine(ledger.head, { step, epoch, positions, shards, nodes, gradient });
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

export function recordValidation(run: Run, record: ValidationRecord): FromRun {
  const { step, epoch, lossSum, weight, seconds, workers } = record;
  const loss = lossSum / weight;
  const metrics = JSON.stringify({ split: 'validation', step, epoch, loss, tokens: weight, seconds, workers });
  run.metrics.append(metrics);
  return { type: 'recorded', metrics };
}
