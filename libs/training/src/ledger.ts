// The ledger: a line a committed step, each chained by hash to the line before and to the metrics so far, the first to
// what the run is, so that no file of a run can change unnoticed.

import { createHash } from 'node:crypto';
// Types alone: what reads specs is not loaded where gradients are computed.
import type { TrainingJob } from '@rondo/spec';
import { canonicalJson, type Json, jsonHash } from './canonical-json.ts';

/** What is told of one step. */
export interface LedgerEntry {
  /** From 1. */
  readonly step: number;
  /** From 0. */
  readonly epoch: number;
  /** What of the epoch this step fed: positions [from, to) of every lane of tokens, or examples [from, to) in its order. */
  readonly positions: readonly [number, number];
  readonly shards: number;
  /** The nodes of the reduction tree as they came in, and who computed each; together they hold every shard once. */
  readonly nodes: readonly LedgerNode[];
  /**
   * SHA-256 of the batch's gradient as the reduction tree gives it, before it is averaged and clipped: `tensorsChecksum`
   * of the root's slot, so in the element type of `training.gradients`.
   */
  readonly gradient: string;
  /** The head of the chain over metrics.jsonl after this step's line. */
  readonly metrics: string;
  /** In the first line alone. */
  readonly run?: RunIdentity | undefined;
}

// Types, not interfaces: those are no JSON to the compiler.
export type LedgerNode = { readonly first: number; readonly end: number; readonly worker: string };

/** What a run is, whatever becomes of it: three SHA-256. */
export type RunIdentity = {
  /** Of the spec without the run's length, see `specHash`. */
  readonly spec: string;
  /** Of the bytes of preparation.json. */
  readonly preparation: string;
  /** `dataChecksum` of run.json. */
  readonly data: string;
};

export interface LedgerLine extends LedgerEntry {
  /** The hash of the line before; in the first line the genesis of its `run`. */
  readonly previous: string;
  /** SHA-256 of this line's canonical JSON without `hash`. */
  readonly hash: string;
}

/** SHA-256 of a spec. @param job `withoutLength`: without what may change when its run goes on. */
export function specHash(job: TrainingJob): string {
  return jsonHash(job as unknown as Json);
}

export function textHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The head of a ledger without lines. */
export function genesisOf(run: RunIdentity): string {
  return jsonHash(run);
}

/** @returns the line to append, without its line break, and its hash: the new head. */
export function appendLine(previous: string, entry: LedgerEntry): { line: string; hash: string } {
  const chained = { ...entry, previous };
  const hash = jsonHash(chained);
  return { line: canonicalJson({ ...chained, hash }), hash };
}

/** The head of the chain over metrics.jsonl before its first line. */
export const metricsRoot = '0'.repeat(64);

/** The head after one line more: SHA-256 of the head before and the line. @param line without its line break. */
export function metricsHead(previous: string, line: string): string {
  return textHash(`${previous}${line}`);
}
