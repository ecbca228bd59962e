// PyTorch's training runs: losses, first gradients, gradient norms and final weights of every optimizer, under clipping, and of
// layers that are normalized (`tools/goldens/generate-training.py` made the files of clipping by value and of those).

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
import { ModelArrays } from '../memory/model-arrays.ts';
import { createModelMemory } from '../memory/model-memory.ts';
import { createOptimizer } from '../optimizers/optimizer.ts';
import { addLosses, foldInto, type LossSum, type Pending } from '../reduction-tree.ts';
import { takeStep } from '../step.ts';
import adamClipValue from './goldens/train-adam-clip-value.json' with { type: 'json' };
import adamNormalized from './goldens/train-adam-normalized.json' with { type: 'json' };
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
  /** Layers are normalized, and their inputs added. */
  readonly normalized?: boolean;
  readonly time: number;
  readonly batch: number;
  readonly steps: number;
  readonly clip_norm: number | null;
  /** Of each value of a gradient, before its norm is clipped. */
  readonly clip_value?: number | null;
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
    trainingCase('train-adam-clip-value', adamClipValue),
    trainingCase('train-adam-normalized', adamNormalized),
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
  const spec = optimizerOf(golden.optimizer);
  const optimizer = createOptimizer(spec);
  const state = optimizer.stateNames.map((_, i) => 2 + i);
  const gradient = 2 + state.length;
  const arrays = arraysOf(golden, gradient + 1);
  const common = {
    arrays,
    state,
    gradient: golden.clip_value ? gradient : undefined,
    optimizer,
    learningRate: spec.learningRate,
    clipNorm: golden.clip_norm ?? undefined,
    clipValue: golden.clip_value ?? undefined,
  };
  let [from, to] = [0, 1];
  let states = zeroStates(golden);
  for (let step = 1; step <= golden.steps; step++) {
    const { slot, lossSum, weight, final } = await computeBatch(plan, golden, arrays, from, states, step);
    expectClose(`loss of step ${step}`, [lossSum / weight], [golden.losses[step - 1]], tolerance);
    if (step === 1) {
      for (const [label, { data }] of Object.entries(golden.first_gradients)) {
        const mean = Float32Array.from(arrays.slot(slot)[label] ?? [], (value) => value / weight);
        expectClose(`gradient ${label}`, mean, data, tolerance);
      }
    }
    const { gradientNorm } = takeStep({
      ...common,
      from,
      to,
      slot,
      weight,
      step,
    });
    expectClose(`gradient norm of step ${step}`, [gradientNorm], [golden.gradient_norms[step - 1]], tolerance);
    [from, to] = [to, from];
    if (golden.stateful) states = final;
  }
  const weights = arrays.vector(from);
  for (const [label, { data }] of Object.entries(golden.final)) {
    expectClose(`final ${label}`, weights[label], data, finalTolerance);
  }
}

/** The first weights in vector 0, place for the next in vector 1, the optimizer's state and a gradient behind them. */
function arraysOf({ initial }: GoldenTraining, vectors: number): ModelArrays {
  const parameters = Object.entries(initial).map(([name, { shape }]) => ({ name, shape }));
  const format = { type: 'float32', exponent: 0 } as const;
  const arrays = new ModelArrays(createModelMemory(parameters, { format, vectors, slots: shards }));
  arrays.reserve(shards);
  for (const [name, values] of Object.entries(arrays.vector(0))) values.set(initial[name].data);
  return arrays;
}

interface ComputedBatch extends LossSum {
  /** Of the summed gradient. */
  readonly slot: number;
  /** The new states of the shards. */
  readonly final: Tensors[];
}

async function computeBatch(
  plan: Plan,
  golden: GoldenTraining,
  arrays: ModelArrays,
  weights: number,
  states: readonly Tensors[],
  step: number,
): Promise<ComputedBatch> {
  const pending: Pending<LossSum & { slot: number }> = new Map();
  const final: Tensors[] = [];
  for (let shard = 0; ; shard++) {
    const outputs = await collectOutputs(plan, {
      ...arrays.vector(weights),
      ...states[shard],
      ...batchOf(golden, step, shard),
    });
    final.push(Object.fromEntries(Object.keys(states[shard]).map((label) => [label, outputs[label]])));
    for (const { name } of arrays.places) arrays.put(shard, name, outputs[name] as Float32Array);
    const node = { first: shard, end: shard + 1 };
    const computed = { slot: shard, lossSum: outputs.loss[0], weight: outputs.weight[0] };
    const root = foldInto(pending, node, computed, { first: 0, end: shards }, (left, right) => {
      arrays.addInto(left.slot, right.slot);
      return { slot: left.slot, ...addLosses(left, right) };
    });
    if (root !== undefined) return { ...root, final };
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

function modelOf({ cell, vocabulary, embedding, hidden, layers, normalized }: GoldenTraining): LanguageModel {
  const cells: Record<string, Cell> = {
    LSTM: { kind: 'lstm' },
    GRU: { kind: 'gru', reset: 'after' },
    RNN: { kind: 'rnn', activation: 'tanh' },
  };
  const options = normalized ? ({ normalization: 'layer', residual: true } as const) : {};
  return { vocabulary, embedding, hidden, layers, cell: cells[cell], dropout: 0, tied: false, ...options };
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
