// What is written down of rounds that are through: which nodes of whom, how long since the round before, which losses.

import type { Contribution, Effect } from '@rondo/training';
import { nowMs } from './now.ts';
import { lastWorker, type TimedResult } from './results.ts';
import type { CommitRequest, ValidationRecord } from './run-thread/messages.ts';
import { RunningValidation } from './running-validation.ts';
import type { ShardInputs } from './shard-inputs.ts';
import type { States } from './shard-states.ts';

export class RoundRecords {
  readonly #inputs: ShardInputs;
  readonly #validationShards: number;
  #evaluation: RunningValidation;
  #since = nowMs();

  constructor(inputs: ShardInputs, validationShards: number) {
    this.#inputs = inputs;
    this.#validationShards = validationShards;
    this.#evaluation = new RunningValidation(validationShards);
  }

  /** What the newest batch of the validation under way put out. */
  get evaluationOutputs(): States {
    return this.#evaluation.outputs;
  }

  /** What comes now did not wait for what was before. */
  restart(): void {
    this.#since = nowMs();
  }

  /** The model is that of another step. */
  became(): void {
    this.#evaluation = new RunningValidation(this.#validationShards);
    this.restart();
  }

  /** @param to vector that the weights go to. */
  commit(
    step: number,
    to: number,
    contributions: readonly Contribution[],
    results: readonly TimedResult[],
  ): CommitRequest {
    const { epoch, from, to: past } = this.#inputs.batches.place(step);
    return {
      step,
      to,
      epoch,
      positions: [from, past],
      nodes: contributions.map(({ node, worker }) => ({ ...node, worker })),
      workers: workersOf(contributions),
      since: this.#since,
      last: lastWorker(results, contributions),
    };
  }

  /** Takes in a batch of the validation. @returns the record of all of it after the last one. */
  validate(
    { step, last, contributions }: Extract<Effect, { type: 'validated-batch' }>,
    results: readonly TimedResult[],
  ): ValidationRecord | undefined {
    this.#evaluation.fold(results.map((result, i) => ({ ...result, node: contributions[i].node })));
    if (!last) return undefined;
    this.restart();
    const workers = workersOf(contributions);
    return { step, epoch: this.#inputs.epochOf(step), workers, ...this.#evaluation.sums() };
  }
}

const workersOf = (contributions: readonly Contribution[]) => new Set(contributions.map(({ worker }) => worker)).size;
