// A model of any task: its parameters, and the programs that are traced for each shape of its batches.

import { derivative } from '../program/derivative.ts';
import type { Program } from '../program/program.ts';
import type { Tensor } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import type { Parameter } from './parameter.ts';

/** The shape of a shard's part of a batch. */
export interface ShardShape {
  /** Sequences. */
  readonly batch: number;
  /** Time steps by axis, such as `time`, or `source` and `target`. */
  readonly extents: Readonly<Record<string, number>>;
}

export interface Model {
  /** In the order in which they are drawn from the seed. */
  readonly parameters: readonly Parameter[];
  /**
   * Loss and gradients of a shard. Inputs: the weights, the batch, recurrent state where the model carries it, and index
   * `step` and `shard` where masks are drawn. Outputs: `loss` (sum), `weight` (what it is divided by), a gradient for every
   * parameter, the new states.
   * @param seed of the random masks.
   */
  gradients(shape: ShardShape, seed: number): Program;
  /** Loss of a shard as it is without random masks, and what the task's scores are computed from. */
  evaluation(shape: ShardShape): Program;
  /** What `evaluation` tells without targets. */
  prediction(shape: ShardShape): Program;
  /**
   * What `prediction` tells of sequences that come in parts: it goes on from recurrent states, inputs, and puts out the new
   * ones. All are 0 before the first part. Absent: the model has to see the end first.
   */
  continuation?(shape: ShardShape): Program;
}

/** What a model records. */
export interface Outcome {
  /** Absent where nothing is judged. */
  readonly loss?: { readonly lossSum: Tensor; readonly weight: Tensor } | undefined;
  /** By name; left out of the gradients. */
  readonly results?: Readonly<Record<string, Tensor>>;
}

/** Which of its programs a model is traced for. */
export type Purpose =
  | { readonly kind: 'gradients'; readonly seed: number }
  | { readonly kind: 'evaluation' }
  | { readonly kind: 'prediction' }
  | { readonly kind: 'continuation' };

/** Whether a program tells its results alone: nobody knows what would have been right. */
export function isUnjudged({ kind }: Purpose): boolean {
  return kind === 'prediction' || kind === 'continuation';
}

/** A model from the function that records it. @param continues whether it can record a continuation. */
export function defineModel(
  name: string,
  parameters: readonly Parameter[],
  record: (trace: ModelTrace, shape: ShardShape) => Outcome,
  { continues = false } = {},
): Model {
  const traced = (shape: ShardShape, purpose: Purpose) => {
    const trace = new ModelTrace(parameters, purpose);
    trace.finish(record(trace, shape));
    return trace.program(`${name}/${purpose.kind}`);
  };
  return {
    parameters,
    gradients: (shape, seed) => traced(shape, { kind: 'gradients', seed }),
    evaluation: (shape) => traced(shape, { kind: 'evaluation' }),
    prediction: (shape) => traced(shape, { kind: 'prediction' }),
    ...(continues && { continuation: (shape: ShardShape) => traced(shape, { kind: 'continuation' }) }),
  };
}

/** A trace that knows the model's weights, and whether random masks are drawn. */
export class ModelTrace extends Trace {
  readonly purpose: Purpose;
  readonly #weights: ReadonlyMap<string, Tensor>;
  readonly #dropoutOf: ReadonlyMap<string, number>;
  /** Weights of which this step leaves a share out. */
  readonly #thinned = new Map<string, Tensor>();
  #index: { readonly step: Tensor; readonly shard: Tensor } | undefined;
  /** Places of masks so far, numbered in order of use. */
  #sites = 0;

  constructor(parameters: readonly Parameter[], purpose: Purpose) {
    super();
    this.purpose = purpose;
    this.#weights = new Map(parameters.map(({ name, shape }) => [name, this.input('weight', name, shape)]));
    this.#dropoutOf = new Map(parameters.map(({ name, dropout = 0 }) => [name, dropout]));
  }

  /** While training without what is left out of it. @throws Error when the model has no such parameter. */
  weight(name: string): Tensor {
    const tensor = this.#thinned.get(name) ?? this.#weights.get(name);
    if (tensor === undefined) throw new Error(`the model has no parameter ${name}`);
    const rate = this.#dropoutOf.get(name) ?? 0;
    if (rate === 0 || this.#thinned.has(name)) return tensor;
    const thinned = this.#drop(tensor, rate, 'shard');
    this.#thinned.set(name, thinned);
    return thinned;
  }

  /**
   * Drops values while training (Srivastava et al. 2014); x itself otherwise.
   * @param variational of a sequence [T, B, F]: the same values at every time step (Gal and Ghahramani 2016).
   */
  dropout(x: Tensor, rate: number, variational = false): Tensor {
    return this.#drop(x, rate, variational && x.shape.length === 3 ? 'time' : 'element');
  }

  #drop(x: Tensor, rate: number, across: 'element' | 'time' | 'shard'): Tensor {
    if (rate === 0 || this.purpose.kind !== 'gradients') return x;
    this.#index ??= {
      step: this.input('index', 'step', [1], 'int32'),
      shard: this.input('index', 'shard', [1], 'int32'),
    };
    const options = { shape: x.shape, rate, seed: this.purpose.seed, site: this.#sites, across };
    this.#sites += 1;
    const { mask } = this.apply('dropoutMask', this.#index, options);
    return this.apply('multiply', { a: x, b: mask }, {}).y;
  }

  /** x Wᵀ + b with the parameters `<name>.weight` and `<name>.bias`. */
  linear(name: string, x: Tensor): Tensor {
    const [weight, bias] = [this.weight(`${name}.weight`), this.weight(`${name}.bias`)];
    return this.apply('linear', { x, weight, bias }, {}).y;
  }

  zeros(...shape: number[]): Tensor {
    return this.apply('fill', {}, { shape, value: 0 }).y;
  }

  /** Puts out what the purpose wants; the gradients of the loss first, if they are wanted. */
  finish({ loss, results = {} }: Outcome): void {
    if (loss !== undefined) {
      const names = [...this.#weights.keys()];
      const gradients = this.purpose.kind === 'gradients' ? this.#gradients(loss.lossSum) : [];
      this.output('loss', 'loss', loss.lossSum);
      this.output('weight', 'weight', loss.weight);
      gradients.forEach((gradient, i) => {
        this.output('gradient', names[i], gradient);
      });
    }
    if (this.purpose.kind === 'gradients') return;
    for (const [name, tensor] of Object.entries(results)) this.output('result', name, tensor);
  }

  #gradients(lossSum: Tensor): Tensor[] {
    const one = this.apply('fill', {}, { shape: [1], value: 1 }).y;
    return derivative(this, [{ of: lossSum, is: one }], [...this.#weights.values()]);
  }
}
