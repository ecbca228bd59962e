// The ledger: a line a committed step, each chained by hash to the line before, so that no line can change unnoticed.

import { canonicalJson, jsonHash } from './canonical-json.ts';

/** What is told of one step. */
export interface LedgerEntry {
  /** From 1. */
  readonly step: number;
  /** From 0. */
  readonly epoch: number;
  /** Positions [from, to) of every lane of tokens that this step fed. */
  readonly positions: readonly [number, number];
  readonly shards: number;
  /** The nodes of the reduction tree as they came in, and who computed each; together they hold every shard once. */
  readonly nodes: readonly LedgerNode[];
  /**
   * SHA-256 of the batch's gradient as the reduction tree gives it, before it is averaged and clipped: `tensorsChecksum`
   * of the root's slot, so in the element type of `training.gradients`.
   */
  readonly gradient: string;
}

// A type, not an interface: those are no JSON to the compiler.
export type LedgerNode = { readonly first: number; readonly end: number; readonly worker: string };

export interface LedgerLine extends LedgerEntry {
  /** The hash of the line before, `ledgerRoot` in the first line. */
  readonly previous: string;
  /** SHA-256 of this line's canonical JSON without `hash`. */
  readonly hash: string;
}

/** The head of an empty ledger. */
export const ledgerRoot = '0'.repeat(64);

/** @returns the line to append, without its line break, and its hash: the new head. */
export function appendLine(previous: string, entry: LedgerEntry): { line: string; hash: string } {
  const chained = { ...entry, previous };
  const hash = jsonHash(chained);
  return { line: canonicalJson({ ...chained, hash }), hash };
}

export type ChainReport =
  /** `step` is that of the last line, 0 in an empty ledger. */
  | { readonly whole: true; readonly step: number; readonly head: string }
  /** `line` counts from 1. */
  | { readonly whole: false; readonly line: number; readonly fault: string };

/** Checks a whole ledger: hashes, steps without a gap from 1, and in every step every shard once. */
export function verifyChain(lines: readonly string[]): ChainReport {
  let head = ledgerRoot;
  for (const [index, text] of lines.entries()) {
    const line = parse(text);
    const fault = line === undefined ? 'is no ledger line' : faultOf(line, index + 1, head);
    if (fault !== undefined) return { whole: false, line: index + 1, fault };
    head = (line as LedgerLine).hash;
  }
  return { whole: true, step: lines.length, head };
}

function parse(text: string): LedgerLine | undefined {
  try {
    const value = JSON.parse(text) as LedgerLine | null;
    return Array.isArray(value?.nodes) ? (value as LedgerLine) : undefined;
  } catch {
    return undefined;
  }
}

function faultOf({ hash, ...chained }: LedgerLine, step: number, head: string): string | undefined {
  if (hash !== jsonHash(chained)) return 'does not match its own hash';
  if (chained.previous !== head) return 'is not chained to the line before';
  if (chained.step !== step) return `is step ${chained.step}, expected ${step}`;
  return shardFault(chained);
}

function shardFault({ nodes, shards }: LedgerEntry): string | undefined {
  let next = 0;
  for (const { first, end } of nodes.toSorted((a, b) => a.first - b.first)) {
    if (first < next) return `has shard ${first} twice`;
    if (first > next) break;
    next = end;
  }
  return next === shards ? undefined : `has no shard ${next}`;
}
