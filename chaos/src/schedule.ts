// The schedule of faults: a pure function of the seed. Which kinds come how often, when, to whom and for how long.

import { hashOf, mix, uniform } from '@rondo/rnn-core';

/** Every kind of fault, what it is for people, and how often it comes in a deck. */
export const faultKinds = {
  'worker-kill': { text: 'SIGKILL of a worker, a new one a moment later', weight: 6 },
  'worker-stop': { text: 'SIGSTOP of a worker, SIGCONT later', weight: 4 },
  partition: { text: "a worker's link passes nothing, in silence", weight: 3 },
  'link-cut': { text: "a worker's connection is reset", weight: 2 },
  'slow-link': { text: "a worker's link passes few bytes a second", weight: 1 },
  'slow-worker': { text: 'a worker computes at a quarter of its speed', weight: 1 },
  'worker-clock': { text: "the first worker's clock jumps", weight: 1 },
  'coordinator-kill': { text: 'SIGKILL of the coordinator', weight: 1 },
  'coordinator-kill-in-checkpoint': { text: 'SIGKILL of the coordinator while it writes a checkpoint', weight: 1 },
  'coordinator-clock': { text: "the coordinator's clock jumps", weight: 1 },
  'full-disk': { text: "the disk of the coordinator's runs is full", weight: 1 },
} as const;

export type FaultKind = keyof typeof faultKinds;

export interface Fault {
  /** Since the first fault could come. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** From 0; of no meaning to the coordinator's faults. */
  readonly worker: number;
  /** Until it is over; of a killed worker: until a new one is started. */
  readonly durationMs: number;
  /** A slow link's bytes a second; a clock's jump in seconds; else of no meaning. */
  readonly amount: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Length of the schedule. */
  readonly forMs: number;
  /** From a fault to the next, on average. */
  readonly everyMs: number;
  /** Longest duration of a fault. */
  readonly longestMs: number;
  readonly workers: number;
  readonly kinds: readonly FaultKind[];
}

/** After its fault a worker is left alone this long, so that what a fault cost can be told. */
const restMs = 2_000;

/** @returns faults in order of time; every kind once before any comes again, then decks by weight, each in its own order. */
export function drawSchedule({ seed, forMs, everyMs, longestMs, workers, kinds }: ScheduleOptions): Fault[] {
  const key = hashOf(seed, workers);
  let draws = 0;
  const draw = () => uniform(mix(key, draws++));
  const between = (least: number, most: number) => least + draw() * (most - least);
  const freeAt: number[] = Array(workers).fill(0);
  const faults: Fault[] = [];
  let deck = shuffled(kinds, draw);
  for (let slotMs = 0; slotMs + longestMs < forMs; slotMs += everyMs) {
    if (deck.length === 0) deck = shuffled(kinds.flatMap(copies), draw);
    const kind = deck.pop() as FaultKind;
    const atMs = Math.round(slotMs + between(0, everyMs / 2));
    const durationMs = Math.round(durationOf(kind, longestMs, between));
    const worker = kind === 'worker-clock' ? 0 : freeWorker(freeAt, atMs, draw());
    if (!isCoordinators(kind)) freeAt[worker] = atMs + durationMs + restMs;
    faults.push({ atMs, kind, worker, durationMs, amount: amountOf(kind, between) });
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

export const isCoordinators = (kind: FaultKind): boolean => kind.startsWith('coordinator-') || kind === 'full-disk';

const copies = (kind: FaultKind): FaultKind[] => Array(faultKinds[kind].weight).fill(kind);

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], draw: () => number): T[] {
  const deck = [...items];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [deck[i], deck[j]] = [deck[j], deck[i]];
  }
  return deck;
}

/** One that no fault has now; where all have one, the one that is free first. */
function freeWorker(freeAt: readonly number[], atMs: number, drawn: number): number {
  const free = [...freeAt.keys()].filter((worker) => freeAt[worker] <= atMs);
  return free[Math.floor(drawn * free.length)] ?? freeAt.indexOf(Math.min(...freeAt));
}

type Between = (least: number, most: number) => number;

function durationOf(kind: FaultKind, longestMs: number, between: Between): number {
  switch (kind) {
    case 'worker-kill':
      return between(300, Math.min(2_000, longestMs));
    case 'link-cut':
    case 'coordinator-kill':
    case 'coordinator-kill-in-checkpoint':
      return 0;
    default:
      return between(500, longestMs);
  }
}

function amountOf(kind: FaultKind, between: Between): number {
  switch (kind) {
    case 'slow-link':
      return Math.round(between(20_000, 100_000));
    case 'worker-clock':
    case 'coordinator-clock': {
      const seconds = Math.round(between(60, 86_400));
      return between(0, 1) < 0.5 ? -seconds : seconds;
    }
    default:
      return 0;
  }
}
