// Which files `model.initial` may name, and what a run begins with then.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elements, initialValues, languageModelParameters } from '@rondo/rnn-core';
import { parseJob, type TrainingJob } from '@rondo/spec';
import { encodeSafetensors, type StoredTensors } from '@rondo/storage';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { firstWeights } from './first-weights.ts';
import { inspectJob } from './inspect.ts';
import { openTrainingRun } from './open-run.ts';

const model = {
  ...{ vocabulary: 5, embedding: 3, hidden: 4, layers: 2, dropout: 0, tied: false },
  cell: { kind: 'lstm' as const },
};
const parameters = languageModelParameters(model);

/** Every element is the parameter's number. */
const all: StoredTensors = Object.fromEntries(
  parameters.map(({ name, shape }, i) => [name, { shape, data: new Float32Array(elements(shape)).fill(i) }]),
);
const layers = Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('rnn.')));
/** As a layer's own state_dict has it. */
const bare = Object.fromEntries(Object.entries(layers).map(([name, tensor]) => [name.slice('rnn.'.length), tensor]));

describe('a file', () => {
  test('of all parameters gives all', () => {
    expect(firstWeights('x', all, parameters)).toEqual(all);
  });

  test("of the recurrent layers by PyTorch's own names gives those", () => {
    expect(firstWeights('x', bare, parameters)).toEqual(layers);
  });

  test('of layers without biases gives biases of 0', () => {
    const isBias = (name: string) => name.includes('bias_');
    const weights = Object.fromEntries(Object.entries(bare).filter(([name]) => !isBias(name)));
    const expected = Object.entries(layers).map(
      ([name, { shape, data }]) => [name, { shape, data: isBias(name) ? data.map(() => 0) : data }] as const,
    );
    expect(firstWeights('x', weights, parameters)).toEqual(Object.fromEntries(expected));
    const { bias_ih_l0: _, ...some } = bare;
    expect(() => firstWeights('x', some, parameters)).toThrow('bias_ih_l0: missing');
  });

  const { weight_hh_l1: _, ...cut } = bare;
  test.each([
    ['that lacks a parameter of the layers', cut, /x: does not fit:\n {2}weight_hh_l1: missing, expected /],
    ['with one more', { ...bare, weight_hr_l0: bare.bias_ih_l0 }, /\n {2}weight_hr_l0: not a tensor of this model$/],
    [
      'of another size',
      { ...bare, bias_ih_l0: { shape: [2], data: new Float32Array(2) } },
      /bias_ih_l0: is float32\[2\]/,
    ],
    ['of the layers by the names of the model', layers, /\n {2}embedding.weight: missing, expected float32\[5, 3\]/],
    [
      'of both kinds of names',
      { ...bare, 'output.bias': all['output.bias'] },
      /\n {2}weight_ih_l0: not a tensor of this/,
    ],
    ['of nothing', {}, /\n {2}rnn.weight_ih_l0: missing/],
  ])('%s is refused', (_name, stored, message) => {
    expect(() => firstWeights('x', stored, parameters)).toThrow(
      expect.objectContaining({ code: 'bad-tensors', message: expect.stringMatching(message) }),
    );
  });
});

describe('a run', () => {
  const spec = `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: begun }
spec:
  task: language-model
  seed: 9
  data: { text: [text.txt], unit: character, validation: 0 }
  model: { cell: lstm, layers: 2, hidden: 4, embedding: 3, initial: first.safetensors }
  training: { batch: 2, sequence: 4, shards: 1, steps: 2, optimizer: { name: sgd, learningRate: 0.1 } }
`;
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'rondo-first-weights-'));
    writeFileSync(join(base, 'text.txt'), 'abcde'.repeat(20));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  test('begins with the recurrent layers of the file, and draws the rest', async () => {
    writeFileSync(join(base, 'first.safetensors'), Buffer.concat(encodeSafetensors(bare)));
    const { job } = parseJob(spec, { file: 'spec.yaml' }) as { job: TrainingJob };
    const request = { job, folder: join(base, 'run'), resume: true, base };
    const events = { lost: (fault: Error) => expect.unreachable(fault.message), disk: expect.unreachable };
    const { run, opened } = await openTrainingRun(request, events);
    expect(opened.given).toEqual(Object.keys(layers).sort());
    for (const [index, parameter] of parameters.entries()) {
      const expected = layers[parameter.name]?.data ?? initialValues(parameter, 9, index);
      expect([...run.model.weights[parameter.name]]).toEqual([...expected]);
    }
    run.ledger.close();
    run.metrics.close();
    await run.folder.release();
  });

  const outside = 'leads out of the data root; name a file below it, relative to it';
  test.each([
    ['/etc/passwd', outside],
    ['/etc/nothing', outside],
    ['../there.safetensors', outside],
    ['../nothing.safetensors', outside],
    ['link/there.safetensors', 'is no file below the data root'],
    ['link/nothing.safetensors', 'is no file below the data root'],
    ['nothing.safetensors', 'is no file below the data root'],
  ])('below a data root does not tell whether %s is there', async (initial, what) => {
    const root = join(base, 'root');
    mkdirSync(root);
    symlinkSync(base, join(root, 'link'));
    writeFileSync(join(base, 'there.safetensors'), Buffer.concat(encodeSafetensors(all)));
    writeFileSync(join(root, 'text.txt'), 'abcde'.repeat(20));
    const { job } = parseJob(spec.replace('first.safetensors', initial), { file: 'spec.yaml' }) as { job: TrainingJob };
    expect(await inspectJob(job, { base: root, root })).toEqual({
      faults: [{ message: `${initial}: ${what}`, path: 'spec.model.initial' }],
    });
  });
});
