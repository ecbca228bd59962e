// The loss of a language model on a text: every symbol but the first is predicted once.

import { collectOutputs, type Engine, type Tensors, traceEvaluation } from '@rondo/rnn-core';
import { type WeightedModel, zeroState } from './weighted-model.ts';

export interface Evaluation {
  /** Mean over the targets, nats; `bits` likewise. */
  readonly loss: number;
  readonly bits: number;
  readonly perplexity: number;
  /** Symbols predicted: all but the first. */
  readonly targets: number;
  /** Parts of the text that were read side by side. */
  readonly lanes: number;
}

/** A lane costs its first symbols their past, so it is worth it for long texts alone. */
const lanesLimit = 32;
const targetsPerLane = 2 ** 12;

/** One lane below 8192 targets, then one for each 4096, 32 at most: a function of the text's length alone. */
export function laneCount(targets: number): number {
  return Math.min(lanesLimit, Math.max(1, Math.floor(targets / targetsPerLane)));
}

/**
 * Cuts the targets into contiguous lanes. Each is read from zero state in steps of `sequence` symbols, the state carried
 * over; what is missing from the last step is masked.
 * @param tokens two at least.
 * @param onStep hears after every step which share of the text is read.
 */
export async function evaluateText(
  { model, weights }: Pick<WeightedModel, 'model' | 'weights'>,
  engine: Engine,
  tokens: Int32Array,
  sequence: number,
  onStep: (share: number) => void = () => {},
): Promise<Evaluation> {
  const targets = tokens.length - 1;
  const lanes = laneCount(targets);
  const laneLength = Math.ceil(targets / lanes);
  const plan = await engine.compile(traceEvaluation(model, { time: sequence, batch: lanes }));
  let state = zeroState(model, lanes);
  let lossSum = 0;
  for (let from = 0; from < laneLength; from += sequence) {
    const batch = stepAt(tokens, from, { lanes, laneLength, sequence });
    const {
      loss,
      weight: _,
      ...after
    } = await collectOutputs(plan, { ...(from === 0 && weights), ...state, ...batch });
    state = after;
    lossSum += loss[0];
    onStep(Math.min(1, (from + sequence) / laneLength));
  }
  plan.dispose();
  const loss = lossSum / targets;
  return { loss, bits: loss / Math.LN2, perplexity: Math.exp(loss), targets, lanes };
}

interface Lanes {
  readonly lanes: number;
  /** Targets of a lane; the last has as many as are left. */
  readonly laneLength: number;
  readonly sequence: number;
}

/** Positions [from, from + T) of every lane: ids and targets [T, B], masked with -1 past the lane's end. */
function stepAt(tokens: Int32Array, from: number, { lanes, laneLength, sequence }: Lanes): Tensors {
  const ids = new Int32Array(sequence * lanes);
  const targets = new Int32Array(sequence * lanes).fill(-1);
  for (let lane = 0; lane < lanes; lane++) {
    const start = lane * laneLength;
    const end = Math.min(start + laneLength, tokens.length - 1, start + from + sequence);
    for (let at = start + from; at < end; at++) {
      const element = (at - start - from) * lanes + lane;
      ids[element] = tokens[at];
      targets[element] = tokens[at + 1];
    }
  }
  return { ids, targets };
}
