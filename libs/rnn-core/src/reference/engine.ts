// The reference engine: runs a program operation by operation. Slow, and the definition of every operation.

import type { Engine, Plan } from '../engine.ts';
import { checkInputs, checkIntegers, integerBounds, keepWeights } from '../inputs.ts';
import type { Operation } from '../program/operation.ts';
import type { Program } from '../program/program.ts';
import { asMatrix, elements, type TensorData, type TensorId } from '../program/tensor.ts';
import { fillDropoutMask } from '../random.ts';
import { activate, slope } from './activation.ts';
import { type Floats, floats, type Precision } from './arrays.ts';
import { attention, attentionGradient } from './attention.ts';
import { crf, crfGradient } from './crf.ts';
import { layerNorm, layerNormGradient } from './layer-norm.ts';
import * as losses from './losses.ts';
import * as loops from './operations.ts';
import { pool, poolGradient } from './pool.ts';
import { recurrentBackward, recurrentForward } from './recurrent.ts';

/** @param precision float64 computes and answers in double precision, for finite differences. */
export function createReferenceEngine(precision: Precision = 'float32'): Engine {
  return {
    name: 'reference',
    device: { kind: 'cpu', description: 'plain JavaScript loops', library: 'rondo' },
    async compile(program) {
      return referencePlan(program, precision);
    },
    async dispose() {},
  };
}

function referencePlan(program: Program, precision: Precision): Plan {
  const bounds = integerBounds(program);
  const complete = keepWeights(program);
  let first = true;
  return {
    program,
    executor: 'loops',
    async run(given, deliver) {
      checkInputs(program, given, first);
      checkIntegers(bounds, given);
      first = false;
      const inputs = complete(given);
      const memory = new Map<TensorId, Floats | Int32Array>();
      const set = (tensor: TensorId, value: Floats | Int32Array) => {
        memory.set(tensor, value);
        for (const port of program.outputs) if (port.tensor === tensor) deliver(port, value as TensorData);
      };
      for (const port of program.inputs) set(port.tensor, inputs[port.name]);
      for (const operation of program.operations) {
        for (const [tensor, value] of compute(program, operation, memory, precision)) set(tensor, value);
      }
    },
    dispose() {},
  };
}

type Memory = ReadonlyMap<TensorId, Floats | Int32Array>;
type Computed = [TensorId, Floats][];

function compute(program: Program, operation: Operation, memory: Memory, precision: Precision): Computed {
  const float = (id: TensorId) => memory.get(id) as Floats;
  const maybe = (id: TensorId | undefined) => (id === undefined ? undefined : float(id));
  const int = (id: TensorId) => memory.get(id) as Int32Array;
  const shape = (id: TensorId) => program.tensors[id]?.shape ?? [];
  const features = (id: TensorId) => shape(id).at(-1) as number;
  const matrix = (id: TensorId) => ({ data: float(id), ...asMatrix(shape(id)) });
  const maybeInt = (id: TensorId | undefined) => (id === undefined ? undefined : int(id));
  const scalar = (value: number) => floats(precision, 1).fill(value);
  const recurrentInputs = (inputs: Operation<'recurrent' | 'recurrentGradient'>['inputs']) => ({
    x: float(inputs.x),
    weightIh: float(inputs.weightIh),
    weightHh: float(inputs.weightHh),
    h0: float(inputs.h0),
    c0: maybe(inputs.c0),
    lengths: maybeInt(inputs.lengths),
    weightHr: maybe(inputs.weightHr),
  });
  const crfOperands = (inputs: Operation<'crf' | 'crfGradient'>['inputs']) => ({
    emissions: float(inputs.emissions),
    transitions: float(inputs.transitions),
    start: float(inputs.start),
    end: float(inputs.end),
    targets: int(inputs.targets),
    lengths: int(inputs.lengths),
  });
  const loss = (
    { lossSum, weight }: Operation<'crf'>['outputs'],
    of: { lossSum: number; weight: number },
  ): Computed => [
    [lossSum, scalar(of.lossSum)],
    [weight, scalar(of.weight)],
  ];

  const attentionInputs = (inputs: Operation<'attention' | 'attentionGradient'>['inputs']) => ({
    query: float(inputs.query),
    keys: float(inputs.keys),
    values: float(inputs.values),
    vector: maybe(inputs.vector),
  });
  const attentionSizes = (inputs: Operation<'attention' | 'attentionGradient'>['inputs']) => {
    const [timeQ, batch, hidden] = shape(inputs.query) as [number, number, number];
    return { timeQ, timeK: shape(inputs.keys)[0], batch, hidden, width: features(inputs.values) };
  };

  switch (operation.kind) {
    case 'embedding': {
      const { table, ids } = operation.inputs;
      return [[operation.outputs.y, loops.embedding(float(table), int(ids), features(table), precision)]];
    }
    case 'embeddingGradient': {
      const { ids, dy } = operation.inputs;
      const dTable = loops.embeddingGradient(int(ids), float(dy), operation.options.rows, precision);
      return [[operation.outputs.dTable, dTable]];
    }
    case 'linear': {
      const { x, weight, bias } = operation.inputs;
      const y = loops.matmul(matrix(x), matrix(weight), false, true, precision);
      if (bias !== undefined) loops.addBiasInto(y, float(bias));
      return [[operation.outputs.y, y]];
    }
    case 'matmul': {
      const { transposeA, transposeB } = operation.options;
      const { a, b } = operation.inputs;
      return [[operation.outputs.y, loops.matmul(matrix(a), matrix(b), transposeA, transposeB, precision)]];
    }
    case 'sumRows': {
      const { x } = operation.inputs;
      return [[operation.outputs.y, loops.sumRows(float(x), features(x), precision)]];
    }
    case 'add': {
      const y = loops.combine(float(operation.inputs.a), float(operation.inputs.b), (a, b) => a + b, precision);
      return [[operation.outputs.y, y]];
    }
    case 'multiply': {
      const y = loops.combine(float(operation.inputs.a), float(operation.inputs.b), (a, b) => a * b, precision);
      return [[operation.outputs.y, y]];
    }
    case 'concat': {
      const { a, b } = operation.inputs;
      return [[operation.outputs.y, loops.concat(float(a), float(b), features(a), features(b), precision)]];
    }
    case 'slice': {
      const { x } = operation.inputs;
      const { start, size } = operation.options;
      const move = { from: features(x), to: size, readAt: start, writeAt: 0, count: size };
      return [[operation.outputs.y, loops.moveFeatures(float(x), move, precision)]];
    }
    case 'pad': {
      const { x } = operation.inputs;
      const { start, size } = operation.options;
      const move = { from: features(x), to: size, readAt: 0, writeAt: start, count: features(x) };
      return [[operation.outputs.y, loops.moveFeatures(float(x), move, precision)]];
    }
    case 'fill': {
      const { shape: size, value } = operation.options;
      return [[operation.outputs.y, floats(precision, elements(size)).fill(value)]];
    }
    case 'reshape':
      return [[operation.outputs.y, float(operation.inputs.x).slice()]];
    case 'activation': {
      const y = loops.map(float(operation.inputs.x), activate[operation.options.function], precision);
      return [[operation.outputs.y, y]];
    }
    case 'activationGradient': {
      const { y, dy } = operation.inputs;
      const slopeOf = slope[operation.options.function];
      return [[operation.outputs.dx, loops.combine(float(y), float(dy), (value, d) => d * slopeOf(value), precision)]];
    }
    case 'layerNorm': {
      const { x, gain, bias } = operation.inputs;
      const y = layerNorm(float(x), float(gain), float(bias), operation.options.epsilon, precision);
      return [[operation.outputs.y, y]];
    }
    case 'layerNormGradient': {
      const { inputs, outputs, options } = operation;
      const operands = [inputs.x, inputs.gain, inputs.dy].map(float) as [Floats, Floats, Floats];
      const result = layerNormGradient(...operands, options.epsilon, precision);
      return [
        [outputs.dx, result.dx],
        [outputs.dGain, result.dGain],
        [outputs.dBias, result.dBias],
      ];
    }
    case 'dropoutMask': {
      const mask = floats(precision, elements(operation.options.shape));
      const [step, shard] = [int(operation.inputs.step)[0], int(operation.inputs.shard)[0]] as [number, number];
      fillDropoutMask(mask, operation.options, step, shard);
      return [[operation.outputs.mask, mask]];
    }
    case 'recurrent': {
      const { inputs, outputs, options } = operation;
      const result = recurrentForward(
        options.cell,
        options.reverse,
        recurrentSizes(shape(inputs.x), shape(inputs.c0 ?? inputs.h0), shape(inputs.h0)),
        recurrentInputs(inputs),
        float(inputs.biasIh),
        float(inputs.biasHh),
        precision,
      );
      return present([
        [outputs.y, result.y],
        [outputs.hN, result.hN],
        [outputs.cN, result.cN],
        [outputs.saved, result.saved],
      ]);
    }
    case 'recurrentGradient': {
      const { inputs, outputs, options } = operation;
      const result = recurrentBackward(
        options.cell,
        options.reverse,
        recurrentSizes(shape(inputs.x), shape(inputs.c0 ?? inputs.h0), shape(inputs.h0)),
        recurrentInputs(inputs),
        float(inputs.y),
        maybe(inputs.saved),
        { dy: float(inputs.dy), dhN: maybe(inputs.dhN), dcN: maybe(inputs.dcN) },
        precision,
      );
      return present([
        [outputs.dx, result.dx],
        [outputs.dWeightIh, result.dWeightIh],
        [outputs.dWeightHh, result.dWeightHh],
        [outputs.dBiasIh, result.dBiasIh],
        [outputs.dBiasHh, result.dBiasHh],
        [outputs.dh0, result.dh0],
        [outputs.dc0, result.dc0],
        [outputs.dWeightHr, result.dWeightHr],
      ]);
    }
    case 'attention': {
      const { inputs, outputs } = operation;
      const lengths = maybeInt(inputs.lengths);
      const result = attention(attentionSizes(inputs), attentionInputs(inputs), lengths, precision);
      return [
        [outputs.y, result.y],
        [outputs.weights, result.weights],
      ];
    }
    case 'attentionGradient': {
      const { inputs, outputs } = operation;
      const { weights, dy } = inputs;
      const operands = [attentionSizes(inputs), attentionInputs(inputs)] as const;
      const result = attentionGradient(...operands, float(weights), float(dy), precision);
      return present([
        [outputs.dQuery, result.dQuery],
        [outputs.dKeys, result.dKeys],
        [outputs.dValues, result.dValues],
        [outputs.dVector, result.dVector],
      ]);
    }
    case 'pool': {
      const { x, lengths } = operation.inputs;
      const y = pool(operation.options.over, poolSizes(shape(x)), float(x), maybeInt(lengths), precision);
      return [[operation.outputs.y, y]];
    }
    case 'poolGradient': {
      const { x, lengths, ...rest } = operation.inputs;
      const [y, dy] = [float(rest.y), float(rest.dy)];
      const { over } = operation.options;
      const dx = poolGradient(over, poolSizes(shape(x)), float(x), y, dy, maybeInt(lengths), precision);
      return [[operation.outputs.dx, dx]];
    }
    case 'crossEntropy': {
      const { logits, targets, classWeights } = operation.inputs;
      const classes = { weights: maybe(classWeights), smoothing: operation.options.smoothing };
      return loss(operation.outputs, losses.crossEntropy(float(logits), int(targets), classes));
    }
    case 'crossEntropyGradient': {
      const { logits, targets, classWeights, dLossSum } = operation.inputs;
      const classes = { weights: maybe(classWeights), smoothing: operation.options.smoothing };
      const scale = float(dLossSum)[0];
      const dLogits = losses.crossEntropyGradient(float(logits), int(targets), classes, scale, precision);
      return [[operation.outputs.dLogits, dLogits]];
    }
    case 'regressionLoss': {
      const { inputs, outputs, options } = operation;
      const of = losses.regressionLoss(float(inputs.y), float(inputs.targets), float(inputs.weights), options);
      return loss(outputs, of);
    }
    case 'regressionLossGradient': {
      const { inputs, outputs, options } = operation;
      const [y, targets, weights] = [float(inputs.y), float(inputs.targets), float(inputs.weights)];
      const scale = float(inputs.dLossSum)[0];
      return [[outputs.dY, losses.regressionLossGradient(y, targets, weights, options, scale, precision)]];
    }
    case 'crf':
      return loss(operation.outputs, crf(crfOperands(operation.inputs)));
    case 'crfGradient': {
      const { inputs, outputs } = operation;
      const result = crfGradient(crfOperands(inputs), float(inputs.dLossSum)[0], precision);
      return [
        [outputs.dEmissions, result.dEmissions],
        [outputs.dTransitions, result.dTransitions],
        [outputs.dStart, result.dStart],
        [outputs.dEnd, result.dEnd],
      ];
    }
  }
}

function present(results: [TensorId | undefined, Floats | undefined][]): Computed {
  return results.filter((result): result is [TensorId, Floats] => result[0] !== undefined);
}

function recurrentSizes(x: readonly number[], c0: readonly number[], h0: readonly number[]) {
  const [time, batch, input] = x as [number, number, number];
  return { time, batch, input, hidden: c0[1], state: h0[1] };
}

function poolSizes(x: readonly number[]) {
  const [time, batch, features] = x as [number, number, number];
  return { time, batch, features };
}
