// Which steps of a run are recomputed, and in which passes.

import { hashOf } from '@rondo/rnn-core';

/** One way from a kept checkpoint on. */
export interface Pass {
  /** The step of the checkpoint to begin with; 0: the first weights. */
  readonly from: number;
  /** To be recomputed up to here, the chosen ones among them. */
  readonly to: number;
  readonly chosen: readonly number[];
  /** `to` is the step of a kept checkpoint, which then is compared too. */
  readonly endsAtCheckpoint: boolean;
}

export interface RunExtent {
  /** Committed steps. */
  readonly steps: number;
  /** Steps of the kept checkpoints, ascending. */
  readonly checkpoints: readonly number[];
  readonly checkpointEvery: number;
}

/**
 * The steps that follow a kept checkpoint, or the beginning, before the next one was due: recomputing any of them takes
 * `checkpointEvery` steps at the most, however long the run.
 */
export function stepsInReach({ steps, checkpoints, checkpointEvery }: RunExtent): number[] {
  return [0, ...checkpoints].flatMap((from, i) => {
    const due = (Math.floor(from / checkpointEvery) + 1) * checkpointEvery;
    const end = Math.min(due, checkpoints[i] ?? steps, steps);
    return Array.from({ length: Math.max(0, end - from) }, (_, k) => from + 1 + k);
  });
}

/** @param count of the steps in reach; more than there are: all of them. @returns ascending. */
export function chooseSteps(extent: RunExtent, count: number, seed: number): number[] {
  const drawn = stepsInReach(extent).map((step) => ({ step, order: hashOf(seed, step) }));
  drawn.sort((a, b) => a.order - b.order || a.step - b.step);
  return drawn
    .slice(0, count)
    .map(({ step }) => step)
    .sort((a, b) => a - b);
}

/** A pass goes on to the next kept checkpoint where that follows within reach, else to its last chosen step. */
export function passesFor(chosen: readonly number[], extent: RunExtent): Pass[] {
  const inReach = new Set(stepsInReach(extent));
  const starts = [0, ...extent.checkpoints];
  return starts.flatMap((from, i) => {
    const next = starts[i + 1];
    const ofPass = chosen.filter((step) => step > from && step <= (next ?? extent.steps));
    if (ofPass.length === 0) return [];
    const endsAtCheckpoint = next !== undefined && inReach.has(next);
    return [{ from, to: endsAtCheckpoint ? next : ofPass[ofPass.length - 1], chosen: ofPass, endsAtCheckpoint }];
  });
}
