// What the run's thread does with a run: commit a step, record a validation, write a checkpoint.

import { inputsOf, type Program, portType } from '@rondo/rnn-core';
import { bestStep, pruneCheckpoints, type StoredTensors, writeCheckpoint } from '@rondo/storage';
import {
  addLosses,
  appendLine,
  foldInto,
  type LossSum,
  learningRateAt,
  type Pending,
  takeStep,
  tensorsChecksum,
} from '@rondo/training';
import type { CheckpointRequest, CommitRequest, FromRun, ValidationRecord } from './messages.ts';
import type { Run } from './open-run.ts';

/** Adds the nodes up the tree, takes the optimizer step, and writes the step's lines. */
export function commitStep(run: Run, request: CommitRequest): FromRun {
  const { step, epoch, positions, results, seconds, workers } = request;
  const { clipNorm, optimizer: optimizerSpec, schedule, shards } = run.job.spec.training;
  const { model } = run;
  const sum = sumOf(run, request, shards);
  const learningRate = learningRateAt(step, optimizerSpec.learningRate, schedule, run.steps);
  const loss = sum.lossSum / sum.weight;
  if (!Number.isFinite(loss)) return { type: 'diverged', step };
  const taken = takeStep({
    arrays: model.arrays,
    from: model.from,
    to: model.to,
    state: model.state,
    slot: sum.slot,
    gradient: undefined,
    weight: sum.weight,
    optimizer: run.content.optimizer,
    learningRate,
    clipNorm,
    step,
  });
  if (!taken.finite) return { type: 'diverged', step };
  const weights = model.commit();
  const nodes = results.map(({ node, worker }) => ({ ...node, worker }));
  const { line, hash } = appendLine(run.ledger.head, {
    step,
    epoch,
    positions,
    shards,
    nodes,
    gradient: tensorsChecksum(model.arrays.slot(sum.slot)),
  });
  run.ledger.append(line);
  run.ledger.head = hash;
  const metrics = JSON.stringify({
    step,
    epoch,
    loss,
    tokens: sum.weight,
    gradientNorm: taken.gradientNorm,
    learningRate,
    seconds,
    workers,
  });
  run.metrics.append(metrics);
  return { type: 'committed', step, weights, metrics };
}

type NodeSum = LossSum & { readonly slot: number };

function sumOf({ model: { arrays } }: Run, { results, step }: CommitRequest, shards: number): NodeSum {
  const pending: Pending<NodeSum> = new Map();
  arrays.reserve(results.length);
  for (const [slot, { node, gradients, lossSum, weight }] of results.entries()) {
    for (const { name } of arrays.places) arrays.put(slot, name, gradients[name] as Float32Array);
    const root = foldInto(pending, node, { slot, lossSum, weight }, shards, (left, right) => {
      arrays.addInto(left.slot, right.slot);
      return { slot: left.slot, ...addLosses(left, right) };
    });
    if (root !== undefined) return root;
  }
  throw new Error(`step ${step}: the nodes do not hold every shard`);
}

export function recordValidation(run: Run, record: ValidationRecord): FromRun {
  const { step, epoch, lossSum, weight, seconds, workers } = record;
  const loss = lossSum / weight;
  const metrics = JSON.stringify({ split: 'validation', step, epoch, loss, tokens: weight, seconds, workers });
  run.metrics.append(metrics);
  return { type: 'recorded', metrics };
}

/** Writes the checkpoint of the present weights, then removes those that are neither recent nor best. */
export async function checkpoint(run: Run, request: CheckpointRequest, validationLoss?: number): Promise<FromRun> {
  const { step, states, arithmetic, program } = request;
  const start = performance.now();
  const { folder } = run.folder;
  const { parameters, optimizer, batches } = run.content;
  try {
    run.ledger.sync();
    run.metrics.sync();
    const { epoch, stepInEpoch } = batches.position(step + 1);
    await writeCheckpoint(
      folder,
      { step, epoch, stepInEpoch, ledgerHead: run.ledger.head, validationLoss, ...arithmetic },
      {
        weights: stored(parameters, run.model.weights),
        optimizer: stored(optimizer.state(parameters), optimizer.stateOf(run.model.arrays, run.model.state)),
        ...(run.job.spec.training.stateful && { recurrent: storedStates(states, program) }),
      },
    );
    await pruneCheckpoints(folder, run.job.spec.training.keep, await bestStep(folder));
  } catch (error) {
    return { type: 'checkpoint-failed', step, reason: error instanceof Error ? error.message : String(error) };
  }
  return { type: 'checkpoint-written', step, seconds: (performance.now() - start) / 1000 };
}

function stored(
  shapes: readonly { readonly name: string; readonly shape: readonly number[] }[],
  tensors: Readonly<Record<string, Float32Array>>,
): StoredTensors {
  return Object.fromEntries(shapes.map(({ name, shape }) => [name, { shape, data: tensors[name] }]));
}

function storedStates(states: CheckpointRequest['states'], program: Program): StoredTensors {
  const ports = inputsOf(program, 'state');
  return Object.fromEntries(
    [...states].flatMap(([shard, tensors]) =>
      ports.map((port) => [
        `${shard}/${port.name}`,
        { shape: portType(program, port).shape, data: tensors[port.name] },
      ]),
    ),
  );
}
