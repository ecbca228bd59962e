// The reference engine: runs a program operation by operation. Slow, and the definition of every operation.

import type { Engine, Plan } from '../engine.ts';
import { checkInputs, checkIntegers, integerBounds, keepWeights } from '../inputs.ts';
import type { Operation } from '../program/operation.ts';
import type { Program } from '../program/program.ts';
import { asMatrix, elements, type TensorData, type TensorId } from '../program/tensor.ts';
import { fillDropoutMask } from '../random.ts';
import { type Floats, floats, type Precision } from './arrays.ts';
import { crf, crfGradient } from './crf.ts';
import * as losses from './losses.ts';
import * as loops from './operations.ts';
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
  const scalar = (value: number) => floats(precision, 1).fill(value);
  const recurrentInputs = (inputs: Operation<'recurrent' | 'recurrentGradient'>['inputs']) => ({
    x: float(inputs.x),
    weightIh: float(inputs.weightIh),
    weightHh: float(inputs.weightHh),
    h0: float(inputs.h0),
    c0: maybe(inputs.c0),
    lengths: inputs.lengths === undefined ? undefined : int(inputs.lengths),
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
    case 'dropoutMask': {
      const { shape: size, rate, seed, site } = operation.options;
      const mask = floats(precision, elements(size));
      const [step, shard] = [int(operation.inputs.step)[0], int(operation.inputs.shard)[0]] as [number, number];
      fillDropoutMask(mask, size.at(-1) as number, rate, { seed, step, shard, site });
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
