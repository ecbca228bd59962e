// The chain of the ledger: whole, and every kind of tampering, forged hashes included.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appendLine, genesisOf, type LedgerEntry, type RunIdentity } from './ledger.ts';
import { verifyLedger } from './verify-ledger.ts';

const run: RunIdentity = { spec: 'a'.repeat(64), preparation: 'b'.repeat(64), data: 'c'.repeat(64) };
const shape = { feeds: 'positions', sequence: 8, shards: 4 } as const;
const stepsPerEpoch = 3;

function entry(step: number, change: Partial<LedgerEntry> = {}): LedgerEntry {
  const stepInEpoch = (step - 1) % stepsPerEpoch;
  return {
    step,
    epoch: Math.floor((step - 1) / stepsPerEpoch),
    positions: [stepInEpoch * shape.sequence, (stepInEpoch + 1) * shape.sequence],
    shards: shape.shards,
    nodes: [
      { first: 0, end: 2, worker: 'a' },
      { first: 2, end: 4, worker: 'ä' },
    ],
    gradient: 'f'.repeat(64),
    metrics: 'e'.repeat(64),
    run: step === 1 ? run : undefined,
    ...change,
  };
}

/** As somebody would write it who knows how. */
function chain(entries: readonly LedgerEntry[]): string[] {
  let head = genesisOf(run);
  return entries.map((one) => {
    const { line, hash } = appendLine(head, one);
    head = hash;
    return line;
  });
}

const lines = chain([1, 2, 3, 4, 5, 6, 7, 8].map((step) => entry(step)));
const faultsOf = (texts: readonly string[]) => verifyLedger(texts, shape).faults;

test('accepts what appendLine wrote, and tells how long an epoch is', () => {
  expect(verifyLedger([], shape)).toEqual({ faults: [], lines: [], stepsPerEpoch: undefined });
  for (let count = 1; count <= lines.length; count++) {
    const report = verifyLedger(lines.slice(0, count), shape);
    expect(report.faults).toEqual([]);
    expect(report.lines.map((line) => line?.step)).toEqual(lines.slice(0, count).map((_, i) => i + 1));
    expect(report.stepsPerEpoch).toBe(count > stepsPerEpoch ? stepsPerEpoch : undefined);
  }
  expect(verifyLedger(lines).faults).toEqual([]);
});

const at = fc.integer({ min: 0, max: lines.length - 1 });

test('no character of any line can be another, missing or added: that line is named', () => {
  const character = fc.string({ unit: 'binary', minLength: 0, maxLength: 1 });
  fc.assert(
    fc.property(at, fc.nat(), fc.boolean(), character, (index, place, insert, other) => {
      const line = lines[index];
      const from = place % line.length;
      const changed = `${line.slice(0, from)}${other}${line.slice(insert ? from : from + 1)}`;
      fc.pre(changed !== line && !changed.includes('\n'));
      expect(faultsOf(lines.with(index, changed)).map(({ line: number }) => number)).toContain(index + 1);
    }),
    { numRuns: 300 },
  );
});

test('no line can be missing, but the last; none there twice, and no two change places', () => {
  const firstFault = (texts: readonly string[]) => faultsOf(texts)[0]?.line;
  const last = lines.length - 1;
  fc.assert(
    fc.property(at, at, (a, b) => {
      expect(firstFault(lines.toSpliced(a, 1))).toBe(a === last ? undefined : a + 1);
      expect(firstFault(lines.toSpliced(a, 0, lines[a]))).toBe(a + 2);
      expect(firstFault(lines.with(a, lines[b]).with(b, lines[a]))).toBe(a === b ? undefined : Math.min(a, b) + 1);
    }),
  );
});

describe('chained anew it refuses', () => {
  const node = (first: number, end: number) => ({ first, end, worker: 'w' });
  test.each<[string, number, Partial<LedgerEntry>, string]>([
    ['another number of a step', 3, { step: 4 }, 'is step 4, expected 3'],
    ['a second beginning', 2, { run }, 'begins another ledger'],
    ['no beginning', 1, { run: undefined }, 'does not begin a ledger'],
    ['positions that were fed before', 2, { positions: [0, 8] }, 'feeds positions 0 to 8, expected 8 to 16'],
    ['positions left out', 2, { positions: [16, 24] }, 'feeds positions 16 to 24, expected 8 to 16'],
    ['part of a step', 2, { positions: [8, 15] }, 'feeds positions 8 to 15, expected 8 to 16'],
    ['an epoch left out', 7, { epoch: 3 }, 'is of epoch 3, expected 2'],
    ['a shorter epoch', 6, { epoch: 2, positions: [0, 8] }, 'is of epoch 2, expected 1'],
    ['another number of shards', 5, { shards: 2, nodes: [node(0, 2)] }, 'has 2 shards, expected 4'],
    ['a last shard that nobody computed', 5, { nodes: [node(0, 2)] }, 'has no shard 2'],
    ['a shard in between that nobody computed', 5, { nodes: [node(2, 4), node(0, 1)] }, 'has no shard 1'],
    ['a shard counted twice', 5, { nodes: [node(0, 4), node(2, 4)] }, 'has shard 2 twice'],
    ['a node of another tree', 5, { nodes: [node(0, 1), node(1, 4)] }, 'has [1, 4), which is no node of 4 shards'],
  ])('%s', (_what, step, change, fault) => {
    const forged = chain([1, 2, 3, 4, 5, 6, 7, 8].map((one) => entry(one, one === step ? change : {})));
    expect(faultsOf(forged)).toContainEqual({ line: step, fault });
  });

  test('a ledger of another run', () => {
    const { line } = appendLine(genesisOf({ ...run, spec: 'd'.repeat(64) }), entry(1));
    expect(faultsOf([line])).toEqual([{ line: 1, fault: 'is not chained to the line before' }]);
  });
});

describe('examples in an order of their own', () => {
  const ofExamples = { feeds: 'examples', batch: 4, shards: 4 } as const;
  /** Ten examples an epoch, in batches of 4, 2 and 4. */
  const bounds = [0, 4, 6, 10];
  const fed = (step: number, change: Partial<LedgerEntry> = {}) => {
    const k = (step - 1) % 3;
    return entry(step, { positions: [bounds[k], bounds[k + 1]], ...change });
  };
  const steps = [1, 2, 3, 4, 5, 6, 7];
  const faults = (change: Partial<LedgerEntry>, at: number) =>
    verifyLedger(chain(steps.map((step) => fed(step, step === at ? change : {}))), ofExamples).faults;

  test('batches of different sizes fill every epoch', () => {
    const report = verifyLedger(chain(steps.map((step) => fed(step))), ofExamples);
    expect(report).toMatchObject({ faults: [], stepsPerEpoch: 3 });
  });

  test.each<[string, number, Partial<LedgerEntry>, string]>([
    ['examples twice', 2, { positions: [3, 6] }, 'feeds examples 3 to 6, expected 4 to at most 8'],
    ['examples left out', 2, { positions: [5, 6] }, 'feeds examples 5 to 6, expected 4 to at most 8'],
    ['more than a batch', 1, { positions: [0, 5] }, 'feeds examples 0 to 5, expected 0 to at most 4'],
    ['no example', 2, { positions: [4, 4] }, 'feeds examples 4 to 4, expected 4 to at most 8'],
    ['an epoch that is left out', 4, { epoch: 2 }, 'is of epoch 2, expected 0'],
    ['more than there are', 6, { positions: [6, 11] }, 'feeds examples 6 to 11, expected 6 to at most 10'],
  ])('%s', (_, at, change, fault) => {
    expect(faults(change, at)[0]).toEqual({ line: at, fault });
  });

  test('an epoch that ends early', () => {
    const cut = [...steps.slice(0, 5).map((step) => fed(step)), fed(6, { epoch: 2, positions: [0, 4] })];
    expect(verifyLedger(chain(cut), ofExamples).faults).toEqual([
      { line: 6, fault: 'follows an epoch of 6 examples, expected 10' },
    ]);
  });
});
