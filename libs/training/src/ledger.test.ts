// The chain of the ledger: whole, and every kind of tampering.

import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { appendLine, type LedgerEntry, ledgerRoot, verifyChain } from './ledger.ts';

const entry = (step: number, nodes: LedgerEntry['nodes'] = [{ first: 0, end: 4, worker: 'a' }]): LedgerEntry => ({
  step,
  epoch: 0,
  positions: [(step - 1) * 8, step * 8],
  shards: 4,
  nodes,
  gradient: 'f'.repeat(64),
});

function chain(entries: readonly LedgerEntry[]): string[] {
  let head = ledgerRoot;
  return entries.map((one) => {
    const { line, hash } = appendLine(head, one);
    head = hash;
    return line;
  });
}

describe('verifyChain', () => {
  const lines = chain([entry(1), entry(2), entry(3)]);

  test('accepts what appendLine wrote', () => {
    expect(verifyChain([])).toEqual({ whole: true, step: 0, head: ledgerRoot });
    expect(verifyChain(lines)).toEqual({ whole: true, step: 3, head: JSON.parse(lines[2]).hash });
  });

  const [first, second, third] = lines;
  test.each([
    ['a changed value', [first, second.replace('"epoch":0', '"epoch":1'), third], 2, 'does not match its own hash'],
    ['a missing line', [first, third], 2, 'is not chained to the line before'],
    ['a missing beginning', [second, third], 1, 'is not chained to the line before'],
    ['lines in another order', [second, first], 1, 'is not chained to the line before'],
    ['a torn line', [first, second.slice(0, -9)], 2, 'is no ledger line'],
    ['a line of something else', [first, 'null'], 2, 'is no ledger line'],
  ])('refuses %s', (_what, tampered, line, fault) => {
    expect(verifyChain(tampered)).toEqual({ whole: false, line, fault });
  });

  test.each([
    ['a gap in the steps', [entry(1), entry(3)], 2, 'is step 3, expected 2'],
    ['a shard that nobody computed', [entry(1, [{ first: 0, end: 3, worker: 'a' }])], 1, 'has no shard 3'],
    [
      'a hole between nodes',
      [
        entry(1, [
          { first: 2, end: 4, worker: 'a' },
          { first: 0, end: 1, worker: 'b' },
        ]),
      ],
      1,
      'has no shard 1',
    ],
    [
      'a shard counted twice',
      [
        entry(1, [
          { first: 0, end: 4, worker: 'a' },
          { first: 2, end: 4, worker: 'b' },
        ]),
      ],
      1,
      'has shard 2 twice',
    ],
  ])('refuses %s', (_what, entries, line, fault) => {
    expect(verifyChain(chain(entries))).toEqual({ whole: false, line, fault });
  });
});

test('canonical JSON does not depend on the order of keys, at any depth', () => {
  const one = { b: [{ y: 1, x: null }], a: 'ä', c: undefined };
  expect(canonicalJson(one)).toBe('{"a":"ä","b":[{"x":null,"y":1}]}');
  expect(canonicalJson({ a: 'ä', b: [{ x: null, y: 1 }] })).toBe(canonicalJson(one));
});
