// How a fault strikes: carried out, proven to have struck, and undone.

import type { Cluster } from '../cluster.ts';
import type { Window } from '../commits.ts';
import type { Fault } from '../schedule.ts';

/** What a fault did, by performance.now(). */
export interface Strike extends Window {
  /** What was seen that proves it. */
  readonly evidence: string;
  /** Of the worker's speed, what was left meanwhile; default 1. */
  readonly share?: number;
}

/** @throws Error when the fault did not strike. */
export type Striker = (cluster: Cluster, fault: Fault) => Promise<Strike>;

/** @throws Error that says what was expected of a fault and not seen. */
export function expectSeen(seen: boolean, expected: string): void {
  if (!seen) throw new Error(`did not strike: ${expected}`);
}
