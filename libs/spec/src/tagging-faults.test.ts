// Faults of a tagger's spec.

import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { parseJob } from './parse-job.ts';

function faultsOf(text: string): string[] {
  const result = parseJob(text, { file: 'job.yaml' });
  return 'faults' in result ? result.faults.map(formatFault) : [];
}

const tagging = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: names }
spec:
  task: tagging
  seed: 7
  data: { train: names.conll }
  model: { cell: lstm, layers: 1, hidden: 8, embedding: 4, characters: { embedding: 3, hidden: 2 } }
  training: { batch: 8, shards: 2, optimizer: { name: adam }, epochs: 2, metric: f1 }
`;

test('a good tagger has its defaults', () => {
  const result = parseJob(tagging, { file: 'job.yaml' });
  expect('job' in result && result.job.spec).toMatchObject({
    data: { format: 'columns', token: 1, tag: -1, scheme: 'BIO', lowercase: false, zeroDigits: false, minCount: 1 },
    model: { bidirectional: true, characters: { longest: 20 }, output: 'crf' },
  });
});

test.each<[what: string, text: string, faults: string[]]>([
  [
    'roles without a mark',
    tagging.replace('names.conll', 'names.conll, format: roles'),
    ['job.yaml:8:10 spec.model.mark: missing; the width of the embedding that marks the predicate, such as 16'],
  ],
  [
    'roles with the columns of another format',
    tagging
      .replace('names.conll', 'names.conll, format: roles, tag: 3, scheme: BIO')
      .replace('hidden: 8', 'hidden: 8, mark: 4'),
    ['job.yaml:7:51 spec.data.tag: only columns have one, and format is roles; leave it out'],
  ],
  [
    'a mark without roles',
    tagging.replace('hidden: 8', 'hidden: 8, mark: 4'),
    ['job.yaml:8:52 spec.model.mark: only roles have a predicate to mark; leave it out, or set data.format: roles'],
  ],
  [
    'a column that no line has',
    tagging.replace('names.conll', 'names.conll, tag: 0'),
    ['job.yaml:7:36 spec.data.tag: 0 is wrong; expected a whole number from 1, or from -1 counted from the end'],
  ],
])('%s', (_, text, faults) => expect(faultsOf(text)).toEqual(faults));
