// Every fault of a spec, at its exact line and column.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { maxSpecBytes, parseJob } from './parse-job.ts';

const good = readFileSync(new URL('good.test.yaml', import.meta.url), 'utf8');

function faultsOf(text: string): string[] {
  const result = parseJob(text, { file: 'job.yaml' });
  return 'faults' in result ? result.faults.map(formatFault) : [];
}

/** The good spec with one line replaced, or with lines put after it. */
function withLine(line: string, ...instead: string[]): string {
  if (!good.includes(`${line}\n`)) throw new Error(`no line ${line}`);
  return good.replace(`${line}\n`, instead.map((text) => `${text}\n`).join(''));
}

const cases: [what: string, text: string, fault: string][] = [
  ['an empty file', '', 'job.yaml:1:1: not a mapping; expected apiVersion, kind, metadata and spec'],
  ['a list', '\n- 3', 'job.yaml:2:1: not a mapping; expected apiVersion, kind, metadata and spec'],
  [
    'no YAML',
    'a: [1\nb: 2\n',
    'job.yaml:2:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['an open quote', 'a: "x', 'job.yaml:1:6: not valid YAML: Missing closing "quote'],
  ['two documents', `${good}---\na: 3\n`, 'job.yaml:21:1: a second document; keep one'],
  ['a tag', good.replace('seed: 7', 'seed: !big 7'), 'job.yaml:6:9: not valid YAML: Unresolved tag: !big'],
  ['open brackets without end', '['.repeat(15_000), 'job.yaml:1:33: nested deeper than 32 levels; flatten it'],
  ['dashes without end', '- '.repeat(9_000), 'job.yaml:1:65: nested deeper than 32 levels; flatten it'],
  [
    'a duplicate key',
    withLine('    steps: 2000', '    steps: 2000', '    shards: 4'),
    'job.yaml:21:5 spec.training.shards: given twice; keep one',
  ],
  [
    'an unknown key',
    withLine('    steps: 2000', '    steps: 2000', '    mixd: true'),
    'job.yaml:21:5 spec.training.mixd: unknown key, did you mean mixed?',
  ],
  [
    'an unknown key like no other',
    withLine('metadata: { name: char-lm }', 'metadata: { name: char-lm, owner: me }'),
    'job.yaml:3:28 metadata.owner: unknown key, expected name, namespace, labels or annotations',
  ],
  [
    "a key of an object's prototype",
    withLine('metadata: { name: char-lm }', 'metadata: { name: char-lm, constructor: me }'),
    'job.yaml:3:28 metadata.constructor: unknown key, expected name, namespace, labels or annotations',
  ],
  [
    'a key of several lines',
    withLine('metadata: { name: char-lm }', 'metadata: { name: char-lm, "a\\nb": me }'),
    'job.yaml:3:28 metadata."a\\nb": unknown key, expected name, namespace, labels or annotations',
  ],
  [
    'a missing key',
    withLine('    hidden: 256'),
    'job.yaml:11:5 spec.model.hidden: missing; expected a whole number from 1 to 16777216',
  ],
  [
    'an empty value',
    withLine('    hidden: 256', '    hidden:'),
    'job.yaml:13:12 spec.model.hidden: empty; expected a whole number from 1 to 16777216',
  ],
  [
    'a wrong type',
    withLine('    hidden: 256', '    hidden: big'),
    'job.yaml:13:13 spec.model.hidden: "big" is wrong; expected a whole number from 1 to 16777216',
  ],
  [
    'a fraction',
    withLine('    layers: 2', '    layers: 1.5'),
    'job.yaml:12:13 spec.model.layers: 1.5 is wrong; expected a whole number from 1 to 1000',
  ],
  [
    'a wrong word',
    withLine('    cell: lstm', '    cell: lstn'),
    'job.yaml:11:11 spec.model.cell: "lstn" is wrong; expected lstm, gru or rnn, did you mean lstm?',
  ],
  [
    'another kind',
    withLine('kind: TrainingJob', 'kind: Job'),
    'job.yaml:2:7 kind: "Job" is wrong; expected TrainingJob',
  ],
  [
    'gradients of another type',
    withLine('    batch: 128', '    batch: 128', '    gradients: float8'),
    'job.yaml:17:16 spec.training.gradients: "float8" is wrong; expected float32, float16 or bfloat16, did you mean float32?',
  ],
  [
    'an audit of more than everything',
    withLine('    batch: 128', '    batch: 128', '    audit: 1.5'),
    'job.yaml:17:12 spec.training.audit: 1.5 is wrong; expected a number from 0 to 1',
  ],
  [
    'an audit of mixed arithmetic',
    withLine('    batch: 128', '    batch: 128', '    audit: 1', '    mixed: true'),
    'job.yaml:17:12 spec.training.audit: an audit compares bits, and workers of mixed arithmetic differ in them; keep one of the two',
  ],
  [
    'a seed that is no exact integer',
    withLine('  seed: 7', '  seed: 9007199254740992'),
    'job.yaml:6:9 spec.seed: 9007199254740992 is wrong; expected a whole number from 0 to 9007199254740991',
  ],
  [
    'a name in capitals',
    withLine('metadata: { name: char-lm }', 'metadata: { name: Char_LM }'),
    'job.yaml:3:19 metadata.name: "Char_LM" is wrong; expected a text of lowercase letters, digits and inner hyphens, at most 63, such as char-lm',
  ],
  [
    'all of the text for validation',
    withLine('    unit: character', '    unit: character', '    validation: 1'),
    'job.yaml:10:17 spec.data.validation: 1 is wrong; expected a number from 0 to below 1',
  ],
  [
    'a text that is no text',
    withLine('    text: [a.txt, "b/*.txt"]', '    text: [a.txt, 3]'),
    'job.yaml:8:19 spec.data.text[1]: 3 is wrong; expected a file or a glob',
  ],
  [
    'no text at all',
    withLine('    text: [a.txt, "b/*.txt"]', '    text: []'),
    'job.yaml:8:11 spec.data.text: an empty list is wrong; expected at least one file or glob',
  ],
  [
    'an alias',
    withLine('  seed: 7', '  seed: &s 7').replace('hidden: 256', 'hidden: *s'),
    'job.yaml:13:13 spec.model.hidden: an alias; write the value out, or quote a text that starts with *',
  ],
  [
    'a batch that shards do not divide',
    withLine('    batch: 128', '    batch: 130'),
    'job.yaml:16:12 spec.training.batch: 4 shards do not divide a batch of 130; 128 or 132 would do',
  ],
  [
    'steps and epochs',
    withLine('    steps: 2000', '    steps: 2000', '    epochs: 3'),
    'job.yaml:21:13 spec.training.epochs: steps is given too; keep one of the two',
  ],
  [
    'neither steps nor epochs',
    withLine('    steps: 2000'),
    'job.yaml:16:5 spec.training.steps: missing; expected steps or epochs',
  ],
  [
    'tied weights of unequal widths',
    withLine('    cell: lstm', '    cell: lstm', '    tied: true'),
    'job.yaml:12:11 spec.model.tied: tied weights need embedding = hidden, and these are 128 and 256; make them equal',
  ],
  [
    'an activation of an lstm',
    withLine('    cell: lstm', '    cell: lstm', '    activation: tanh'),
    'job.yaml:12:17 spec.model.activation: only an rnn has one, and cell is lstm; leave it out',
  ],
  [
    'a reset gate of an rnn',
    withLine('    cell: lstm', '    cell: rnn', '    reset: before'),
    'job.yaml:12:12 spec.model.reset: only a gru has one, and cell is rnn; leave it out',
  ],
  [
    'byte-pair units without a number of merges',
    withLine('    unit: character', '    unit: byte-pair'),
    'job.yaml:8:5 spec.data.merges: missing; the number of merges of byte-pair units, such as 1000',
  ],
  [
    'merges of characters',
    withLine('    unit: character', '    unit: character', '    merges: 100'),
    'job.yaml:10:13 spec.data.merges: only byte-pair units have them, and unit is character; leave it out',
  ],
  [
    'a projection of a gru',
    withLine('    cell: lstm', '    cell: gru', '    projection: 64'),
    'job.yaml:12:17 spec.model.projection: only an lstm has one, and cell is gru; leave it out',
  ],
  [
    'a forget gate of an rnn',
    withLine('    cell: lstm', '    cell: rnn', '    forgetBias: 1'),
    'job.yaml:12:17 spec.model.forgetBias: only an lstm has one, and cell is rnn; leave it out',
  ],
  [
    'a projection that makes nothing smaller',
    withLine('    cell: lstm', '    cell: lstm', '    projection: 256'),
    'job.yaml:12:17 spec.model.projection: states are projected to fewer than hidden = 256 numbers, not to 256; make it smaller',
  ],
  [
    'tied weights of another width than the projection',
    withLine('    cell: lstm', '    cell: lstm', '    projection: 64', '    tied: true'),
    'job.yaml:13:11 spec.model.tied: tied weights need embedding = projection, and these are 128 and 64; make them equal',
  ],
  [
    'a negative learning rate',
    good.replace('{ name: adam }', '{ name: adam, learningRate: -0.1 }'),
    'job.yaml:19:44 spec.training.optimizer.learningRate: -0.1 is wrong; expected a number from 0',
  ],
  [
    'an unknown optimizer',
    good.replace('{ name: adam }', '{ name: adan }'),
    'job.yaml:19:24 spec.training.optimizer.name: "adan" is wrong; expected sgd, rmsprop, adam or adamw, did you mean adam?',
  ],
  [
    'an optimizer that is no mapping',
    good.replace('{ name: adam }', 'adam'),
    'job.yaml:19:16 spec.training.optimizer: "adam" is wrong; expected a mapping such as { name: adam, learningRate: 0.001 }',
  ],
  [
    "another optimizer's key",
    good.replace('{ name: adam }', '{ name: sgd, betas: [0.9, 0.99] }'),
    'job.yaml:19:29 spec.training.optimizer.betas: a key of adam and adamw, not of sgd; sgd takes learningRate, momentum, dampening, nesterov and weightDecay',
  ],
  [
    'a beta of 1',
    good.replace('{ name: adam }', '{ name: adam, betas: [0.9, 1] }'),
    'job.yaml:19:43 spec.training.optimizer.betas[1]: 1 is wrong; expected a number from 0 to below 1',
  ],
  [
    'one beta',
    good.replace('{ name: adam }', '{ name: adam, betas: [0.9] }'),
    'job.yaml:19:37 spec.training.optimizer.betas: a list of 1 is wrong; expected a list of two numbers from 0 to below 1',
  ],
  [
    'another version',
    withLine('apiVersion: rondo.dev/v1', 'apiVersion: rondo.dev/v2'),
    'job.yaml:1:13 apiVersion: "rondo.dev/v2" is wrong; expected rondo.dev/v1',
  ],
  [
    'Nesterov without momentum',
    good.replace('{ name: adam }', '{ name: sgd, nesterov: true }'),
    'job.yaml:19:39 spec.training.optimizer.nesterov: Nesterov momentum needs a momentum above 0 and dampening 0; set momentum, such as 0.9, and no dampening',
  ],
  [
    'Nesterov with dampening',
    good.replace('{ name: adam }', '{ name: sgd, momentum: 0.9, dampening: 0.1, nesterov: true }'),
    'job.yaml:19:70 spec.training.optimizer.nesterov: Nesterov momentum needs a momentum above 0 and dampening 0; leave dampening out',
  ],
  [
    "another schedule's key",
    withLine('    steps: 2000', '    steps: 2000', '    schedule: { name: cosine, gamma: 0.5 }'),
    'job.yaml:21:31 spec.training.schedule.gamma: a key of step, not of cosine; cosine takes warmup and steps',
  ],
  [
    'a step schedule without its interval',
    withLine('    steps: 2000', '    steps: 2000', '    schedule: { name: step, gamma: 0.5 }'),
    'job.yaml:21:15 spec.training.schedule.every: missing; expected a whole number from 1 to 2147483647',
  ],
  [
    'a later engine',
    `${good}  engine: gpu\n`,
    'job.yaml:21:11 spec.engine: "gpu" is wrong; expected auto, webgpu, cpu, cpu-portable, webasm, js or reference, did you mean webgpu?',
  ],
  [
    'a text of a gigabyte',
    'é'.repeat(maxSpecBytes / 2 + 1),
    'job.yaml:1:1: larger than 65536 bytes; a spec names its data, it does not hold it',
  ],
  [
    'a list of a thousand files and one',
    withLine('    text: [a.txt, "b/*.txt"]', `    text: [${'a,'.repeat(1001)}]`),
    'job.yaml:8:11 spec.data.text: a list of 1001 is wrong; expected a file or a glob of at most 1000 characters, or a list of at most 1000 of them',
  ],
  [
    'a path that no system has',
    withLine('    text: [a.txt, "b/*.txt"]', `    text: ${'a'.repeat(1001)}`),
    'job.yaml:8:11 spec.data.text: a text of 1001 characters is wrong; expected a file or a glob of at most 1000 characters, or a list of at most 1000 of them',
  ],
  [
    'a spec that grows past its limit as it is written out',
    withLine('    text: [a.txt, "b/*.txt"]', `    text: [${`${'a'.repeat(60)},`.repeat(1000)}]`),
    'job.yaml:1:1: written out larger than 65536 bytes; a spec names its data, it does not hold it',
  ],
];
test.each(cases)('%s is a fault at its place', (_, text, fault) => expect(faultsOf(text)).toEqual([fault]));

test('the rest of a mapping is judged by the name that was probably meant', () => {
  const text = withLine(
    '    steps: 2000',
    '    steps: 2000',
    '    schedule: { name: stepp, every: 0, gama: 0.5 }',
  ).replace('{ name: adam }', '{ name: sgdd, nesterov: true, betas: [0.9, 0.99] }');
  expect(faultsOf(text).map((fault) => fault.replace(/^job.yaml:\d+:\d+ spec\.training\./, ''))).toEqual([
    'optimizer.name: "sgdd" is wrong; expected sgd, rmsprop, adam or adamw, did you mean sgd?',
    'optimizer.nesterov: Nesterov momentum needs a momentum above 0 and dampening 0; set momentum, such as 0.9, and no dampening',
    'optimizer.betas: a key of adam and adamw, not of sgd; sgd takes learningRate, momentum, dampening, nesterov and weightDecay',
    'schedule.gamma: missing; expected a number above 0',
    'schedule.name: "stepp" is wrong; expected constant, cosine, linear or step, did you mean step?',
    'schedule.every: 0 is wrong; expected a whole number from 1 to 2147483647',
    'schedule.gama: unknown key, did you mean gamma?',
  ]);
});
