// PyTorch's training runs: losses, first gradients, gradient norms and final weights of every optimizer.

import {
  type Cell,
  collectOutputs,
  type LanguageModel,
  languageModelStates,
  type Plan,
  type Tensors,
  traceGradients,
} from '@rondo/rnn-core';
import { type Case, expectClose } from '@rondo/rnn-core/conformance';
import type { OptimizerSpec } from '@rondo/spec';
import { gradientNorm } from '../clip.ts';
import type { Floats } from '../floats.ts';
import { createOptimizer } from '../optimizers/optimizer.ts';
import { foldInto, type NodeSum, type PendingSums } from '../reduction-tree.ts';
import { takeStepInto } from '../step.ts';
import adamStateful from './goldens/train-adam-stateful.json' with { type: 'json' };
import adamw from './goldens/train-adamw.json' with { type: 'json' };
import momentumClipStateful from './goldens/train-momentum-clip-stateful.json' with { type: 'json' };
import nesterov from './goldens/train-nesterov.json' with { type: 'json' };
import rmsprop from './goldens/train-rmsprop.json' with { type: 'json' };
import sgd from './goldens/train-sgd.json' with { type: 'json' };

const tolerance = 1e-4;
const finalTolerance = 1e-3;
/** Every batch is cut in two, so that the runs go through the reduction tree as well. */
const shards = 2;

interface GoldenTensor {
  readonly shape: number[];
  readonly data: number[];
}

interface GoldenTensors {
  readonly [name: string]: GoldenTensor;
}

interface GoldenTraining {
  readonly cell: string;
  readonly vocabulary: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly time: number;
  readonly batch: number;
  readonly steps: number;
  readonly clip_norm: number | null;
  readonly stateful: boolean;
  /** PyTorch's options, defaults included. */
  readonly optimizer: GoldenOptimizer;
  /** [steps·T + 1, B] */
  readonly tokens: GoldenTensor;
  readonly initial: GoldenTensors;
  readonly first_gradients: GoldenTensors;
  readonly losses: number[];
  readonly gradient_norms: number[];
  readonly final: GoldenTensors;
}

interface GoldenOptimizer {
  readonly name: string;
  readonly lr: number;
  readonly weight_decay: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly alpha?: number;
  readonly eps?: number;
  readonly betas?: number[];
}

export function goldenTrainingCases(): Case[] {
  return [
    trainingCase('train-sgd', sgd),
    trainingCase('train-momentum-clip-stateful', momentumClipStateful),
    trainingCase('train-nesterov', nesterov),
    trainingCase('train-rmsprop', rmsprop),
    trainingCase('train-adam-stateful', adamStateful),
    trainingCase('train-adamw', adamw),
  ];
}

function trainingCase(name: string, golden: GoldenTraining): Case {
  return {
    name: `golden ${name}`,
    async run(engine) {
      const extent = { time: golden.time, batch: golden.batch / shards };
      const plan = await engine.compile(traceGradients(modelOf(golden), extent, 0));
      try {
        await train(plan, golden);
      } finally {
        plan.dispose();
      }
    },
  };
}

async function train(plan: Plan, golden: GoldenTraining): Promise<void> {
  const parameters = Object.entries(golden.initial).map(([name, { shape }]) => ({ name, shape }));
  const weights = floatsOf(golden.initial);
  const spec = optimizerOf(golden.optimizer);
  const optimizer = createOptimizer(spec);
  const optimizerState = optimizer.init(parameters);
  const clipNorm = golden.clip_norm ?? undefined;
  let states = zeroStates(golden);
  for (let step = 1; step <= golden.steps; step++) {
    const { sum, final } = await computeBatch(plan, golden, weights, states, step);
    const { weight } = sum;
    expectClose(`loss of step ${step}`, [sum.lossSum / weight], [golden.losses[step - 1]], tolerance);
    if (step === 1) {
      for (const [label, { data }] of Object.entries(golden.first_gradients)) {
        expectClose(
          `gradient ${label}`,
          sum.tensors[label]?.map((value) => value / weight),
          data,
          tolerance,
        );
      }
    }
    const { learningRate } = spec;
    const gradient = sum.tensors;
    const result = takeStepInto({ weights, optimizerState, gradient, weight, optimizer, learningRate, clipNorm, step });
    expectClose(`gradient norm of step ${step}`, [result.gradientNorm], [golden.gradient_norms[step - 1]], tolerance);
    if (clipNorm !== undefined && gradientNorm(gradient) > clipNorm * (1 + tolerance)) {
      throw new Error(`step ${step}: the gradient's norm is ${gradientNorm(gradient)} after clipping to ${clipNorm}`);
    }
    if (golden.stateful) states = final;
  }
  for (const [label, { data }] of Object.entries(golden.final)) {
    expectClose(`final ${label}`, weights[label], data, finalTolerance);
  }
}

/** Sums of a whole batch and the new states of its shards. */
async function computeBatch(
  plan: Plan,
  golden: GoldenTraining,
  weights: Floats,
  states: readonly Tensors[],
  step: number,
): Promise<{ sum: NodeSum; final: Tensors[] }> {
  const pending: PendingSums = new Map();
  const final: Tensors[] = [];
  for (let shard = 0; ; shard++) {
    const outputs = await collectOutputs(plan, { ...weights, ...states[shard], ...batchOf(golden, step, shard) });
    final.push(Object.fromEntries(Object.keys(states[shard]).map((label) => [label, outputs[label]])));
    const gradient = Object.keys(golden.initial).map((label) => [label, outputs[label] as Float32Array] as const);
    const node = { first: shard, end: shard + 1 };
    const shardSum = { tensors: Object.fromEntries(gradient), lossSum: outputs.loss[0], weight: outputs.weight[0] };
    const sum = foldInto(pending, node, shardSum, shards);
    if (sum !== undefined) return { sum, final };
  }
}

/** Token ids and targets [T, B / shards] of a shard: its columns of the golden tokens [steps·T + 1, B]. */
function batchOf({ tokens, time, batch }: GoldenTraining, step: number, shard: number): Tensors {
  const columns = batch / shards;
  const from = (row: number) =>
    Int32Array.from({ length: time * columns }, (_, i) => {
      const lane = shard * columns + (i % columns);
      return tokens.data[(row + Math.floor(i / columns)) * batch + lane];
    });
  const first = (step - 1) * time;
  return { ids: from(first), targets: from(first + 1) };
}

function zeroStates(golden: GoldenTraining): Tensors[] {
  const size = (golden.batch / shards) * golden.hidden;
  const names = languageModelStates(modelOf(golden));
  return Array.from({ length: shards }, () => Object.fromEntries(names.map((name) => [name, new Float32Array(size)])));
}

function modelOf({ cell, vocabulary, embedding, hidden, layers }: GoldenTraining): LanguageModel {
  const cells: Record<string, Cell> = {
    LSTM: { kind: 'lstm' },
    GRU: { kind: 'gru', reset: 'after' },
    RNN: { kind: 'rnn', activation: 'tanh' },
  };
  return { vocabulary, embedding, hidden, layers, cell: cells[cell], dropout: 0, tied: false };
}

function optimizerOf(theirs: GoldenOptimizer): OptimizerSpec {
  const { lr: learningRate, weight_decay: weightDecay, momentum = 0, dampening = 0, nesterov = false } = theirs;
  const { alpha = 0.99, eps: epsilon = 1e-8, betas: [beta1, beta2] = [0.9, 0.999] } = theirs;
  switch (theirs.name) {
    case 'SGD':
      return { name: 'sgd', learningRate, momentum, dampening, nesterov, weightDecay };
    case 'RMSprop':
      return { name: 'rmsprop', learningRate, alpha, epsilon, momentum, weightDecay };
    case 'Adam':
      return { name: 'adam', learningRate, betas: [beta1, beta2], epsilon, weightDecay };
    case 'AdamW':
      return { name: 'adamw', learningRate, betas: [beta1, beta2], epsilon, weightDecay };
    default:
      throw new Error(`golden file with an unknown optimizer ${theirs.name}`);
  }
}

function floatsOf(tensors: GoldenTensors): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Float32Array.from(data)]));
}
