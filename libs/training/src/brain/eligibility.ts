// Which workers may compute for a run, and why the others may not.

import { type EngineName, engineNames } from '@rondo/rnn-core';
import type { Arithmetic, Offer } from './messages.ts';
import type { BrainConfig, BrainState, WorkerState } from './state.ts';

/** Failed tasks after which a worker gets no more work from a run. */
export const failuresAllowed = 3;

/** Why a worker may not compute with this arithmetic; undefined: it may. */
export function objection(worker: WorkerState, arithmetic: Arithmetic, mixed: boolean): string | undefined {
  if (worker.leaving) return 'the worker is leaving';
  if (worker.aside !== undefined) return `put aside: ${worker.aside}`;
  if (worker.failures >= failuresAllowed) return `${worker.failures} of its tasks failed in this run`;
  const offer = worker.offers.find(({ engine }) => engine === arithmetic.engine);
  if (offer === undefined) return `the run computes with engine ${arithmetic.engine}, which this worker does not offer`;
  if (offer.fingerprint !== arithmetic.fingerprint && !mixed) {
    return (
      `the run is pinned to the arithmetic ${arithmetic.fingerprint}, this worker's is ${offer.fingerprint}; ` +
      'training.mixed: true would let both compute'
    );
  }
  return undefined;
}

export function eligible(state: BrainState, arithmetic: Arithmetic): readonly WorkerState[] {
  return state.workers.filter((worker) => objection(worker, arithmetic, state.config.mixed) === undefined);
}

/** Whether nodes wait to be computed a second time, and the only worker left has computed them. @param able that may compute. */
export const lacksAuditor = ({ round }: BrainState, able: number): boolean =>
  able === 1 && (round?.checks.length ?? 0) > 0;

/** Compute threads of a worker that is eligible. */
export function threadsOf({ offers }: WorkerState, { engine }: Arithmetic): number {
  return offers.find((offer) => offer.engine === engine)?.threads ?? 1;
}

/**
 * The arithmetic to start with: the pinned one, or the first fingerprint of the wished or best engine that enough
 * workers offer. `auto` takes WebGPU on real GPUs alone, then the CPU's engines.
 */
export function chooseArithmetic(state: BrainState): { arithmetic: Arithmetic } | { waitingFor: string } {
  const { config } = state;
  // One that was put aside has come too: nobody is to start another in its place.
  const aside = state.workers.filter((worker) => worker.aside !== undefined).length;
  const enough = (arithmetic: Arithmetic) => {
    const able = eligible(state, arithmetic).length;
    return able + aside >= config.minWorkers && able >= workersNeeded({ ...config, minWorkers: 1 });
  };
  if (state.arithmetic !== undefined) {
    if (enough(state.arithmetic)) return { arithmetic: state.arithmetic };
    const { arithmetic } = state;
    const present = eligible(state, arithmetic).length;
    const waitingFor = `${counted(config, present)} with the arithmetic ${arithmetic.fingerprint}`;
    return { waitingFor: [waitingFor, ...otherArithmetics(state, arithmetic)].join('; ') };
  }
  const engines = config.engine === 'auto' ? engineNames : [config.engine];
  let best = 0;
  for (const engine of engines) {
    for (const offer of offersOf(state, engine, config.engine === 'auto')) {
      const arithmetic = { engine, fingerprint: offer.fingerprint };
      if (enough(arithmetic)) return { arithmetic };
      best = Math.max(best, eligible(state, arithmetic).length);
    }
  }
  const wish =
    config.engine === 'auto'
      ? 'of one arithmetic'
      : `${workersNeeded(config) === 1 ? 'that offers' : 'that offer'} engine ${config.engine}`;
  const why = workersNeeded(config) > config.minWorkers ? ': training.audit has work computed twice' : '';
  return { waitingFor: `${counted(config, best)} ${wish}${why}` };
}

/** What the workers that are here compute with instead. */
function otherArithmetics(state: BrainState, { engine, fingerprint }: Arithmetic): string[] {
  return state.workers.flatMap(({ name, offers }) => {
    const offer = offers.find((one) => one.engine === engine);
    if (offer === undefined) return [`${name} does not offer ${engine}`];
    return offer.fingerprint === fingerprint ? [] : [`${name} has ${offer.fingerprint}`];
  });
}

function offersOf(state: BrainState, engine: EngineName, auto: boolean): Offer[] {
  return state.workers
    .flatMap((worker) => worker.offers)
    .filter((offer) => offer.engine === engine && !(auto && offer.device === 'software-gpu'));
}

/** Workers that a run starts with at the least: an audit takes two. */
export function workersNeeded({ minWorkers, audit }: Pick<BrainConfig, 'minWorkers' | 'audit'>): number {
  return audit > 0 ? Math.max(2, minWorkers) : minWorkers;
}

function counted(config: BrainConfig, present: number): string {
  const needed = workersNeeded(config);
  return `${needed} ${needed === 1 ? 'worker' : 'workers'} (${present} here)`;
}
