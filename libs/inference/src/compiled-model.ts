// A trained model on an engine: its programs, compiled for each shape when it first comes, and run one at a time.

import {
  collectOutputs,
  type Engine,
  type Model,
  type Plan,
  type Program,
  type ShardShape,
  type Tensors,
} from '@rondo/rnn-core';

/** The least recently used plan goes when there are more. */
const mostPlans = 16;

export class CompiledModel {
  readonly #model: Model;
  readonly #weights: Tensors;
  readonly #open: () => Promise<Engine>;
  #engine: Promise<Engine> | undefined;
  /** By what they compute and for which shape, the least recently used first. */
  readonly #plans = new Map<string, Plan>();
  /** Settles when the runs so far have ended: an engine runs one plan at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param open is called with the first use. */
  constructor(model: Model, weights: Tensors, open: () => Promise<Engine>) {
    this.#model = model;
    this.#weights = weights;
    this.#open = open;
  }

  /** @throws EngineFault */
  engine(): Promise<Engine> {
    this.#engine ??= this.#open();
    return this.#engine;
  }

  /** @param inputs beside the weights. @returns a copy of every output, by name. */
  evaluate(shape: ShardShape, inputs: Tensors): Promise<Tensors> {
    return this.inTurn(() => this.#run(`evaluation ${nameOf(shape)}`, () => this.#model.evaluation(shape), inputs));
  }

  /** @param inputs beside the weights. @returns a copy of every output, by name. */
  predict(shape: ShardShape, inputs: Tensors): Promise<Tensors> {
    return this.inTurn(() => this.#run(`prediction ${nameOf(shape)}`, () => this.#model.prediction(shape), inputs));
  }

  /** A continuation of the model, which has one. @param inputs beside the weights. @returns a copy of every output, by name. */
  goOn(shape: ShardShape, inputs: Tensors): Promise<Tensors> {
    const trace = () => this.#model.continuation?.(shape) as Program;
    return this.inTurn(() => this.#run(`continuation ${nameOf(shape)}`, trace, inputs));
  }

  /** Computes on the engine while nothing else does. */
  inTurn<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(async () => work(await this.engine()));
    this.#turn = result.catch(() => {}); // Whoever asked hears of it.
    return result;
  }

  /** Ends the engine, once what was begun has ended. */
  async dispose(): Promise<void> {
    await this.#turn;
    for (const plan of this.#plans.values()) plan.dispose();
    this.#plans.clear();
    const engine = this.#engine;
    this.#engine = undefined;
    await (await engine)?.dispose();
  }

  async #run(key: string, trace: () => Program, inputs: Tensors): Promise<Tensors> {
    const known = this.#plans.get(key);
    if (known !== undefined) {
      this.#plans.delete(key);
      this.#plans.set(key, known);
      return collectOutputs(known, inputs);
    }
    const plan = await (await this.engine()).compile(trace());
    const outputs = await collectOutputs(plan, { ...this.#weights, ...inputs });
    // A plan that has run knows the weights.
    this.#plans.set(key, plan);
    for (const [oldest, old] of this.#plans) {
      if (this.#plans.size <= mostPlans) break;
      old.dispose();
      this.#plans.delete(oldest);
    }
    return outputs;
  }
}

function nameOf({ batch, extents }: ShardShape): string {
  return JSON.stringify([batch, extents]);
}
