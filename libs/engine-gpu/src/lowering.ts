// Lowers a program, operation by operation, to kernel calls recorded in a pipeline.

import { asMatrix, type Operation, type Program, type TensorId } from '@rondo/rnn-core';
import { argumentNames } from './arguments.ts';
import { type RecurrentOperands, recurrentBackward, recurrentForward, type Tape } from './cells/recurrent.ts';
import type { Emit, Handle, Matrix } from './emit.ts';
import { activation, activationGradient } from './kernels/activation.ts';
import { type AttentionOperands, attention, attentionGradient } from './kernels/attention.ts';
import { type CrfOperands, type CrfTape, crf, crfGradient } from './kernels/crf.ts';
import { type CrossEntropyOperands, crossEntropy, crossEntropyGradient, logSumExp } from './kernels/cross-entropy.ts';
import { combine, fill } from './kernels/elementwise.ts';
import { embedding, embeddingGradient } from './kernels/embedding.ts';
import { layerNorm, layerNormGradient, type Moments, moments } from './kernels/layer-norm.ts';
import { concatFeatures, padFeatures, reshape, sliceFeatures } from './kernels/layout.ts';
import { matmul } from './kernels/matmul.ts';
import { firstLargest, poolMax, poolMaxGradient, poolMean, poolMeanGradient } from './kernels/pool.ts';
import { type RegressionOperands, regressionLoss, regressionLossGradient } from './kernels/regression-loss.ts';
import { sumRows } from './kernels/sums.ts';

/**
 * @param argument the pipeline's argument of that name.
 * @returns the handle of every program output, by name.
 * @throws Error when an operation cannot be lowered.
 */
export function lower(program: Program, emit: Emit, argument: (name: string) => Handle): Record<string, Handle> {
  const lowering = new Lowering(program, emit, argument);
  for (const operation of program.operations) lowering.operation(operation);
  return Object.fromEntries(program.outputs.map((port) => [port.name, lowering.matrix(port.tensor).handle]));
}

class Lowering {
  readonly #program: Program;
  readonly #emit: Emit;
  readonly #argument: (name: string) => Handle;
  readonly #matrices = new Map<TensorId, Matrix>();
  /** What a recurrent layer's derivative needs of its forward pass, by the layer's output y. */
  readonly #tapes = new Map<TensorId, Tape>();
  /** What a conditional random field's derivative needs of its forward pass, by its operands. */
  readonly #crfTapes = new Map<string, CrfTape>();
  /** logsumexp of logits, by their id: the loss and its gradient share it. */
  readonly #logTotals = new Map<TensorId, Handle>();
  /** Means and deviations of a tensor's rows, by its id and epsilon: a normalization and its gradient share them. */
  readonly #moments = new Map<string, Moments>();
  /** Where the largest of a pool's steps stand, by its output y. */
  readonly #firstLargest = new Map<TensorId, Handle>();

  constructor(program: Program, emit: Emit, argument: (name: string) => Handle) {
    this.#program = program;
    this.#emit = emit;
    this.#argument = argument;
  }

  /** A tensor as a matrix (all axes but the last are rows): computed before, or an argument. */
  matrix(id: TensorId): Matrix {
    let matrix = this.#matrices.get(id);
    if (matrix === undefined) {
      const handle = this.#argument(argumentNames.tensor(id));
      matrix = { handle, ...asMatrix(this.#program.tensors[id].shape) };
      this.#matrices.set(id, matrix);
    }
    return matrix;
  }

  #maybe(id: TensorId | undefined): Matrix | undefined {
    return id === undefined ? undefined : this.matrix(id);
  }

  #set(id: TensorId | undefined, matrix: Matrix | undefined): void {
    if (id !== undefined && matrix !== undefined) this.#matrices.set(id, matrix);
  }

  /** Results by the names that the operation gives them. */
  #setAll(
    ids: Readonly<Record<string, TensorId | undefined>>,
    matrices: Readonly<Record<string, Matrix | undefined>>,
  ): void {
    for (const [name, id] of Object.entries(ids)) this.#set(id, matrices[name]);
  }

  operation(operation: Operation): void {
    const emit = this.#emit;
    switch (operation.kind) {
      case 'embedding': {
        const { inputs, outputs } = operation;
        const count = asMatrix(this.#program.tensors[outputs.y].shape).rows;
        this.#set(outputs.y, embedding(emit, this.matrix(inputs.table), this.matrix(inputs.ids).handle, count));
        break;
      }
      case 'embeddingGradient': {
        const { ids, dy } = operation.inputs;
        const starts = this.#argument(argumentNames.starts(ids));
        const places = this.#argument(argumentNames.places(ids));
        const dTable = embeddingGradient(emit, starts, places, this.matrix(dy), operation.options.rows);
        this.#set(operation.outputs.dTable, dTable);
        break;
      }
      case 'linear': {
        const { x, weight, bias } = operation.inputs;
        // A bias [O] is the matrix [1, O].
        const options = { transposeB: true, bias: this.#maybe(bias) };
        this.#set(operation.outputs.y, matmul(emit, this.matrix(x), this.matrix(weight), options));
        break;
      }
      case 'matmul': {
        const { a, b } = operation.inputs;
        this.#set(operation.outputs.y, matmul(emit, this.matrix(a), this.matrix(b), operation.options));
        break;
      }
      case 'sumRows':
        this.#set(operation.outputs.y, sumRows(emit, this.matrix(operation.inputs.x)));
        break;
      case 'add':
      case 'multiply': {
        const { a, b } = operation.inputs;
        const operator = operation.kind === 'add' ? '+' : '*';
        this.#set(operation.outputs.y, combine(emit, this.matrix(a), this.matrix(b), operator));
        break;
      }
      case 'concat': {
        const { a, b } = operation.inputs;
        this.#set(operation.outputs.y, concatFeatures(emit, this.matrix(a), this.matrix(b)));
        break;
      }
      case 'slice': {
        const { start, size } = operation.options;
        this.#set(operation.outputs.y, sliceFeatures(emit, this.matrix(operation.inputs.x), start, size));
        break;
      }
      case 'pad': {
        const { start, size } = operation.options;
        this.#set(operation.outputs.y, padFeatures(emit, this.matrix(operation.inputs.x), start, size));
        break;
      }
      case 'fill': {
        const { rows, columns } = asMatrix(operation.options.shape);
        this.#set(operation.outputs.y, fill(emit, rows, columns, operation.options.value));
        break;
      }
      case 'reshape': {
        const { columns } = asMatrix(operation.options.shape);
        this.#set(operation.outputs.y, reshape(emit, this.matrix(operation.inputs.x), columns));
        break;
      }
      case 'activation':
        this.#set(operation.outputs.y, activation(emit, operation.options.function, this.matrix(operation.inputs.x)));
        break;
      case 'activationGradient': {
        const [y, dy] = [this.matrix(operation.inputs.y), this.matrix(operation.inputs.dy)];
        this.#set(operation.outputs.dx, activationGradient(emit, operation.options.function, y, dy));
        break;
      }
      case 'layerNorm': {
        const { x, gain, bias } = operation.inputs;
        const [scale, shift] = [this.matrix(gain).handle, this.matrix(bias).handle];
        const y = layerNorm(emit, this.matrix(x), this.#momentsOf(x, operation.options.epsilon), scale, shift);
        this.#set(operation.outputs.y, y);
        break;
      }
      case 'layerNormGradient': {
        const { x, gain, dy } = operation.inputs;
        const [scale, known] = [this.matrix(gain).handle, this.#momentsOf(x, operation.options.epsilon)];
        this.#setAll(operation.outputs, layerNormGradient(emit, this.matrix(x), known, scale, this.matrix(dy)));
        break;
      }
      case 'dropoutMask':
        break; // an argument of the pipeline
      case 'recurrent':
        this.#recurrent(operation);
        break;
      case 'recurrentGradient':
        this.#recurrentGradient(operation);
        break;
      case 'attention': {
        const { inputs, outputs } = operation;
        const lengths = this.#maybe(inputs.lengths)?.handle;
        this.#setAll(outputs, attention(emit, this.#attentionOperands(inputs), lengths));
        break;
      }
      case 'attentionGradient': {
        const { inputs, outputs } = operation;
        const [weights, dy] = [this.matrix(inputs.weights), this.matrix(inputs.dy)];
        this.#setAll(outputs, attentionGradient(emit, this.#attentionOperands(inputs), weights, dy));
        break;
      }
      case 'pool':
        this.#pool(operation);
        break;
      case 'poolGradient':
        this.#poolGradient(operation);
        break;
      case 'crossEntropy': {
        const { lossSum, weight } = crossEntropy(emit, this.#crossEntropyOperands(operation));
        this.#set(operation.outputs.lossSum, lossSum);
        this.#set(operation.outputs.weight, weight);
        break;
      }
      case 'crossEntropyGradient': {
        const dLossSum = this.matrix(operation.inputs.dLossSum).handle;
        const dLogits = crossEntropyGradient(emit, this.#crossEntropyOperands(operation), dLossSum);
        this.#set(operation.outputs.dLogits, dLogits);
        break;
      }
      case 'regressionLoss': {
        const { inputs, outputs, options } = operation;
        const { lossSum, weight } = regressionLoss(emit, options, this.#regressionOperands(inputs));
        this.#set(outputs.lossSum, lossSum);
        this.#set(outputs.weight, weight);
        break;
      }
      case 'regressionLossGradient': {
        const { inputs, outputs, options } = operation;
        const dLossSum = this.matrix(inputs.dLossSum).handle;
        this.#set(outputs.dY, regressionLossGradient(emit, options, this.#regressionOperands(inputs), dLossSum));
        break;
      }
      case 'crf': {
        const { inputs, outputs } = operation;
        const { lossSum, weight, tape } = crf(emit, this.#crfOperands(inputs));
        this.#set(outputs.lossSum, lossSum);
        this.#set(outputs.weight, weight);
        this.#crfTapes.set(crfKey(inputs), tape);
        break;
      }
      case 'crfGradient': {
        const { inputs, outputs } = operation;
        const tape = this.#crfTapes.get(crfKey(inputs));
        if (tape === undefined) throw new Error(`${this.#program.name}: crfGradient without its crf`);
        const dLossSum = this.matrix(inputs.dLossSum).handle;
        const gradients = crfGradient(emit, this.#crfOperands(inputs), tape, dLossSum);
        for (const [name, id] of Object.entries(outputs)) this.#set(id, gradients[name as keyof typeof gradients]);
        break;
      }
      default:
        operation satisfies never;
        throw new Error(`${this.#program.name}: the gpu engine has no operation ${(operation as Operation).kind}`);
    }
  }

  #logTotal(logits: TensorId): Handle {
    const known = this.#logTotals.get(logits) ?? logSumExp(this.#emit, this.matrix(logits));
    this.#logTotals.set(logits, known);
    return known;
  }

  #momentsOf(x: TensorId, epsilon: number): Moments {
    const key = `${x} ${epsilon}`;
    const known = this.#moments.get(key) ?? moments(this.#emit, this.matrix(x), epsilon);
    this.#moments.set(key, known);
    return known;
  }

  #attentionOperands(inputs: Operation<'attention' | 'attentionGradient'>['inputs']): AttentionOperands {
    return {
      query: this.matrix(inputs.query),
      keys: this.matrix(inputs.keys),
      values: this.matrix(inputs.values),
      vector: this.#maybe(inputs.vector),
      batch: this.#program.tensors[inputs.query].shape[1],
    };
  }

  #pool({ inputs, outputs, options }: Operation<'pool'>): void {
    const [x, lengths] = [this.matrix(inputs.x), this.#maybe(inputs.lengths)?.handle];
    const batch = this.#program.tensors[inputs.x].shape[1];
    if (options.over === 'mean') {
      this.#set(outputs.y, poolMean(this.#emit, x, lengths, batch));
      return;
    }
    const first = firstLargest(this.#emit, x, lengths, batch);
    this.#firstLargest.set(outputs.y, first);
    this.#set(outputs.y, poolMax(this.#emit, x, first, batch));
  }

  #poolGradient({ inputs, outputs, options }: Operation<'poolGradient'>): void {
    const [dy, lengths] = [this.matrix(inputs.dy), this.#maybe(inputs.lengths)?.handle];
    const time = this.#program.tensors[inputs.x].shape[0];
    if (options.over === 'mean') {
      this.#set(outputs.dx, poolMeanGradient(this.#emit, dy, lengths, time));
      return;
    }
    const first = this.#firstLargest.get(inputs.y);
    if (first === undefined) throw new Error(`${this.#program.name}: poolGradient without its pool`);
    this.#set(outputs.dx, poolMaxGradient(this.#emit, dy, first, time));
  }

  #crossEntropyOperands({
    inputs: { logits, targets, classWeights },
    options: { smoothing },
  }: Operation<'crossEntropy' | 'crossEntropyGradient'>): CrossEntropyOperands {
    return {
      logits: this.matrix(logits),
      logTotal: this.#logTotal(logits),
      targets: this.matrix(targets).handle,
      classWeights: this.#maybe(classWeights)?.handle,
      smoothing,
    };
  }

  #regressionOperands({ y, targets, weights }: Operation<'regressionLoss'>['inputs']): RegressionOperands {
    return { y: this.matrix(y), targets: this.matrix(targets).handle, weights: this.matrix(weights).handle };
  }

  #crfOperands(inputs: Operation<'crf'>['inputs']): CrfOperands {
    return {
      emissions: this.matrix(inputs.emissions),
      transitions: this.matrix(inputs.transitions).handle,
      start: this.matrix(inputs.start).handle,
      end: this.matrix(inputs.end).handle,
      targets: this.matrix(inputs.targets).handle,
      lengths: this.matrix(inputs.lengths).handle,
      batch: this.#program.tensors[inputs.lengths].shape[0],
    };
  }

  #recurrentOperands(inputs: Operation<'recurrent' | 'recurrentGradient'>['inputs']): RecurrentOperands {
    return {
      x: this.matrix(inputs.x),
      weightIh: this.matrix(inputs.weightIh),
      weightHh: this.matrix(inputs.weightHh),
      h0: this.matrix(inputs.h0),
      c0: this.#maybe(inputs.c0),
      lengths: this.#maybe(inputs.lengths)?.handle,
      weightHr: this.#maybe(inputs.weightHr),
    };
  }

  #recurrent({ inputs, outputs, options }: Operation<'recurrent'>): void {
    const operands = this.#recurrentOperands(inputs);
    const [biasIh, biasHh] = [this.matrix(inputs.biasIh), this.matrix(inputs.biasHh)];
    const { y, hN, cN, tape } = recurrentForward(this.#emit, options, operands, biasIh, biasHh.handle);
    this.#set(outputs.y, y);
    this.#set(outputs.hN, hN);
    this.#set(outputs.cN, cN);
    this.#tapes.set(outputs.y, tape);
  }

  #recurrentGradient({ inputs, outputs, options }: Operation<'recurrentGradient'>): void {
    const tape = this.#tapes.get(inputs.y);
    if (tape === undefined) throw new Error(`${this.#program.name}: recurrentGradient without its recurrent layer`);
    const cotangents = { dy: this.matrix(inputs.dy), dhN: this.#maybe(inputs.dhN), dcN: this.#maybe(inputs.dcN) };
    const gradients = recurrentBackward(this.#emit, options, this.#recurrentOperands(inputs), tape, cotangents);
    this.#setAll(outputs, gradients);
  }
}

/** Which operands are whose: several fields may read one tensor. */
const crfKey = ({ emissions, transitions, start, end, targets, lengths }: Operation<'crf'>['inputs']) =>
  [emissions, transitions, start, end, targets, lengths].join();
