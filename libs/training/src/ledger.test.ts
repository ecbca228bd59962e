// What the ledger's hashes are made of.

import { createHash } from 'node:crypto';
import { parseJob, withoutLength } from '@rondo/spec';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { metricsHead, metricsRoot, specHash } from './ledger.ts';

test('canonical JSON does not depend on the order of keys, at any depth', () => {
  const one = { b: [{ y: 1, x: null }], a: 'ä', c: undefined };
  expect(canonicalJson(one)).toBe('{"a":"ä","b":[{"x":null,"y":1}]}');
  expect(canonicalJson({ a: 'ä', b: [{ x: null, y: 1 }] })).toBe(canonicalJson(one));
});

test('the chain over metrics is the SHA-256 of the head before and the line', () => {
  const expected = createHash('sha256').update(`${metricsRoot}{"step":1}`).digest('hex');
  expect(metricsHead(metricsRoot, '{"step":1}')).toBe(expected);
  expect(metricsHead(expected, '{"step":1}')).not.toBe(expected);
});

test('the hash of a spec does not depend on the length of the run, and on all else', () => {
  const hashOf = (...overrides: string[]) => {
    const parsed = parseJob(spec, { file: 'spec.yaml', overrides });
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    return specHash(withoutLength(parsed.job));
  };
  expect(hashOf('training.steps=9')).toBe(hashOf());
  expect(hashOf('seed=2')).not.toBe(hashOf());
  expect(hashOf('training.optimizer.learningRate=0.02')).not.toBe(hashOf());
});

const spec = `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: tiny }
spec:
  task: language-model
  seed: 1
  data: { text: [text.txt], unit: character }
  model: { cell: rnn, layers: 1, hidden: 6, embedding: 4 }
  training: { batch: 2, sequence: 4, shards: 1, optimizer: { name: sgd, learningRate: 0.1 }, steps: 3 }
`;
