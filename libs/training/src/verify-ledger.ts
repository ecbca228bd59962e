// Checks a whole ledger: its chain, and that every sequence of an epoch is in exactly one committed gradient.

import { canonicalJson, type Json, jsonHash } from './canonical-json.ts';
import { genesisOf, type LedgerLine } from './ledger.ts';
import { isNode, nodeName } from './reduction-tree.ts';

export interface LineFault {
  /** From 1. */
  readonly line: number;
  readonly fault: string;
}

export interface LedgerReport {
  /** In order, one a line at the most: what else is wrong with a line shows once that is put right. */
  readonly faults: readonly LineFault[];
  /** Every line, or undefined where one is not what was written: only its neighbours are judged by it. */
  readonly lines: readonly (LedgerLine | undefined)[];
  /** Steps of a whole epoch; undefined while the ledger does not reach the second one. */
  readonly stepsPerEpoch: number | undefined;
}

/** What every step of a run has in common. */
export type StepShape = { readonly shards: number } & (
  | {
      readonly feeds: 'positions';
      /** T: positions of a lane that every step feeds. */
      readonly sequence: number;
    }
  | {
      readonly feeds: 'examples';
      /** Most of them in a step. */
      readonly batch: number;
    }
);

/**
 * @param texts the lines, without their line breaks.
 * @param shape as the spec has it; where nobody knows, all lines are to be like the first.
 */
export function verifyLedger(texts: readonly string[], shape?: StepShape): LedgerReport {
  const lines = texts.map(parse);
  const common = shape ?? shapeOf(lines.find((line) => line !== undefined));
  const stepsPerEpoch = epochLength(lines, common);
  const examples = examplesOf(lines);
  const faults = lines.flatMap((line, index) => {
    const fault =
      line === undefined
        ? 'is not the line that was written'
        : (chainFault(line, lines[index - 1], index) ??
          (common.feeds === 'positions'
            ? positionsFault(line, common.sequence, stepsPerEpoch)
            : examplesFault(line, lines[index - 1], common.batch, examples)) ??
          nodesFault(line, common));
    return fault === undefined ? [] : [{ line: index + 1, fault }];
  });
  return { faults, lines, stepsPerEpoch };
}

function shapeOf(line: LedgerLine | undefined): StepShape {
  const [from, to] = line?.positions ?? [0, 0];
  return { feeds: 'positions', sequence: to - from, shards: line?.shards ?? 0 };
}

/** Steps of the first epoch; undefined while the ledger does not reach the second. */
function epochLength(lines: readonly (LedgerLine | undefined)[], shape: StepShape): number | undefined {
  const second = lines.find((line) => line?.epoch === 1);
  if (second === undefined || shape.feeds === 'examples') return second && second.step - 1;
  return second.step - 1 - second.positions[0] / shape.sequence;
}

/** @returns undefined for what `appendLine` did not write. */
function parse(text: string): LedgerLine | undefined {
  try {
    const value = JSON.parse(text) as Json;
    if (!isLedgerLine(value) || canonicalJson(value) !== text) return undefined;
    const { hash, ...chained } = value;
    return hash === jsonHash(chained) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const areTexts = (...values: unknown[]) => values.every((value) => typeof value === 'string');

function isLedgerLine(value: unknown): value is LedgerLine & Record<string, Json> {
  const line = value as { readonly [key in keyof LedgerLine]?: unknown } | null;
  if (line === null || typeof line !== 'object') return false;
  const { positions, nodes, run } = line;
  return (
    [line.step, line.epoch, line.shards].every(isCount) &&
    areTexts(line.gradient, line.metrics, line.previous, line.hash) &&
    Array.isArray(positions) &&
    positions.length === 2 &&
    positions.every(isCount) &&
    Array.isArray(nodes) &&
    nodes.every((node) => isCount(node?.first) && isCount(node?.end) && areTexts(node?.worker)) &&
    (run === undefined || isIdentity(run))
  );
}

function isIdentity(run: unknown): boolean {
  const { spec, preparation, data } = (run ?? {}) as Readonly<Record<string, unknown>>;
  return areTexts(spec, preparation, data);
}

/** @param before the line before, where it is there and what was written. */
function chainFault(line: LedgerLine, before: LedgerLine | undefined, index: number): string | undefined {
  const { run, previous, step } = line;
  const isFirst = index === 0;
  if (isFirst !== (run !== undefined)) return isFirst ? 'does not begin a ledger' : 'begins another ledger';
  const expected = run === undefined ? before?.hash : genesisOf(run);
  if (expected !== undefined && previous !== expected) return 'is not chained to the line before';
  // Counted from the line before, so that what is missing is told once.
  const next = isFirst ? 1 : (before?.step ?? index) + 1;
  return step === next ? undefined : `is step ${step}, expected ${next}`;
}

/** Steps feed position after position, from 0 in every epoch, and every epoch is as long as the first. */
function positionsFault(
  { step, epoch, positions: [begin, end] }: LedgerLine,
  sequence: number,
  stepsPerEpoch = Number.POSITIVE_INFINITY,
): string | undefined {
  const expectedEpoch = Math.floor((step - 1) / stepsPerEpoch);
  const from = ((step - 1) % stepsPerEpoch) * sequence;
  if (epoch !== expectedEpoch) return `is of epoch ${epoch}, expected ${expectedEpoch}`;
  if (begin === from && end === from + sequence) return undefined;
  return `feeds positions ${begin} to ${end}, expected ${from} to ${from + sequence}`;
}

/**
 * Steps feed example after example of an epoch's order, from 0 in every epoch, at most a batch each, and every epoch has as
 * many as the first.
 * @param before the line before, where it is there and what was written.
 */
function examplesFault(
  { step, epoch, positions: [begin, end] }: LedgerLine,
  before: LedgerLine | undefined,
  batch: number,
  examples: number | undefined,
): string | undefined {
  const expectedEpoch = step === 1 ? 0 : (before?.epoch ?? epoch);
  const isNext = before !== undefined && epoch === expectedEpoch + 1;
  if (epoch !== expectedEpoch && !isNext) return `is of epoch ${epoch}, expected ${expectedEpoch}`;
  const from = step === 1 || isNext ? 0 : (before?.positions[1] ?? begin);
  if (begin !== from || end <= begin || end > begin + batch) {
    return `feeds examples ${begin} to ${end}, expected ${from} to at most ${from + batch}`;
  }
  if (examples === undefined) return undefined;
  if (isNext && before.positions[1] !== examples) {
    return `follows an epoch of ${before.positions[1]} examples, expected ${examples}`;
  }
  return end <= examples ? undefined : `feeds examples up to ${end}, and there are ${examples}`;
}

/** How many examples the first epoch has; undefined while the ledger does not reach the second. */
function examplesOf(lines: readonly (LedgerLine | undefined)[]): number | undefined {
  const second = lines.findIndex((line) => line?.epoch === 1);
  const last = lines[second - 1];
  return last?.epoch === 0 ? last.positions[1] : undefined;
}

/** Every shard is in exactly one node. */
function nodesFault({ nodes, shards }: LedgerLine, shape: StepShape): string | undefined {
  if (shards !== shape.shards) return `has ${shards} shards, expected ${shape.shards}`;
  let next = 0;
  for (const node of nodes.toSorted((a, b) => a.first - b.first)) {
    if (node.first < next) return `has shard ${node.first} twice`;
    if (node.first > next) break;
    if (!isNode(node, { first: 0, end: shards })) return `has ${nodeName(node)}, which is no node of ${shards} shards`;
    next = node.end;
  }
  return next === shards ? undefined : `has no shard ${next}`;
}
