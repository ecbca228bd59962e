// `rondo generate`, `rondo evaluate` and `rondo export` on the folder of a run.

import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describeError } from '@rondo/command';
import { buildVocabulary } from '@rondo/data';
import { initialValues, languageModelParameters } from '@rondo/rnn-core';
import { formatJob, type LanguageModelSpec, parseJob } from '@rondo/spec';
import { checkpointPath, readSafetensors, runPaths, writeCheckpoint } from '@rondo/storage';
import { languageModelOf } from '@rondo/tasks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { generateCommand } from './generate.ts';
import { commandLine } from './testing/command-line.ts';

const spec = `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: tiny }
spec:
  task: language-model
  seed: 7
  data: { text: [text.txt], unit: character }
  model: { cell: rnn, layers: 1, hidden: 6, embedding: 4 }
  training: { batch: 2, sequence: 4, shards: 1, optimizer: { name: sgd, learningRate: 0.1 }, steps: 3 }
`;
const vocabulary = buildVocabulary('character', '\nabcdefgh');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-cli-'));
  const result = parseJob(spec, { file: 'tiny.yaml' });
  if (!('job' in result)) throw new Error(JSON.stringify(result.faults));
  writeFileSync(runPaths(folder).spec, formatJob(result.job));
  writeFileSync(runPaths(folder).preparation, JSON.stringify(vocabulary));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A checkpoint of weights that are the step's own. */
async function checkpoint(step: number, validationLoss?: number): Promise<void> {
  const result = parseJob(spec, { file: 'tiny.yaml' });
  if (!('job' in result)) throw new Error('the spec is fine');
  const parameters = languageModelParameters(
    languageModelOf(result.job.spec.model as LanguageModelSpec, vocabulary.size),
  );
  const weights = Object.fromEntries(
    parameters.map((parameter, i) => [
      parameter.name,
      { shape: parameter.shape, data: initialValues(parameter, step, i) },
    ]),
  );
  const state = {
    step,
    epoch: 0,
    stepInEpoch: step,
    ledgerHead: '',
    metricsHead: '',
    validationLoss,
    rank: validationLoss,
    engine: 'js',
    fingerprint: '',
  };
  await writeCheckpoint(folder, state, { weights, optimizer: {} });
}

const rondo = commandLine(generateCommand, evaluateCommand, exportCommand);
const rondoJson = async (...args: string[]) => JSON.parse((await rondo(...args, '--json')).stdout);

describe('generate', () => {
  test('writes the prompt and what comes after it', async () => {
    await checkpoint(3);
    const { text, ...rest } = await rondoJson('generate', folder, '--prompt', 'abc', '--length', '12', '--seed', '5');
    expect(rest).toEqual({ prompt: 'abc', length: 12, temperature: 0.8, seed: 5, checkpoint: 3, engine: 'reference' });
    expect(text).toHaveLength(12);
    const { stdout } = await rondo('generate', folder, '--prompt', 'abc', '--length', '12', '--seed', '5');
    expect(stdout).toBe(`abc${text}\n`);
  });

  test('takes the newest checkpoint, the best one or that of a step', async () => {
    await checkpoint(1, 2.5);
    await checkpoint(2, 2.25);
    await checkpoint(3);
    const stepOf = async (...args: string[]) => (await rondoJson('generate', folder, ...args)).checkpoint;
    expect(await stepOf()).toBe(3);
    expect(await stepOf('--checkpoint', 'best')).toBe(2);
    expect(await stepOf('--checkpoint', '1')).toBe(1);
  });

  test('passes over a damaged checkpoint and says so', async () => {
    await checkpoint(1);
    await checkpoint(2);
    appendFileSync(join(checkpointPath(folder, 2), 'weights.safetensors'), 'x');
    const { stdout, stderr } = await rondo('generate', folder, '--json');
    expect(JSON.parse(stdout).checkpoint).toBe(1);
    expect(stderr).toContain('step-00000002');
  });

  test('names a symbol of the prompt that the run does not know', async () => {
    await checkpoint(1);
    await expect(rondo('generate', folder, '--prompt', 'abx')).rejects.toThrow(/prompt: character 2, "x"/);
  });

  test.each([
    ['--length', '0'],
    ['--length', '2.5'],
    ['--length', 'ten'],
    ['--temperature', '-1'],
    ['--temperature', 'Infinity'],
    ['--temperature', ''],
    ['--seed', '-3'],
    ['--seed', '9007199254740993'],
    ['--checkpoint', 'last'],
  ])('%s "%s" is bad usage', async (option, value) => {
    const error = await rondo('generate', folder, option, value).catch((error: unknown) => error);
    expect(describeError(error).status).toBe(2);
  });
});

describe('a folder that cannot be used', () => {
  test('is no run', async () => {
    await expect(rondo('generate', join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'run-missing' });
  });

  test('has no checkpoint yet, or not the one asked for', async () => {
    await expect(rondo('generate', folder)).rejects.toThrow(/has no checkpoint to read; wait/);
    await checkpoint(1);
    await expect(rondo('generate', folder, '--checkpoint', 'best')).rejects.toThrow(/no checkpoint was validated/);
    await expect(rondo('generate', folder, '--checkpoint', '2')).rejects.toMatchObject({ code: 'checkpoint-missing' });
  });

  test('holds a damaged spec, a damaged vocabulary or weights of another shape', async () => {
    await checkpoint(1);
    writeFileSync(runPaths(folder).spec, spec.replace('hidden: 6', 'hidden: 7'));
    await expect(rondo('generate', folder)).rejects.toThrow(/rnn.bias_hh_l0: is float32\[6\], expected float32\[7\]/);
    writeFileSync(runPaths(folder).preparation, '{}');
    await expect(rondo('generate', folder)).rejects.toMatchObject({ code: 'vocabulary-invalid' });
    writeFileSync(runPaths(folder).spec, spec.replace('hidden', 'hiden'));
    await expect(rondo('generate', folder)).rejects.toMatchObject({ code: 'run-damaged' });
  });
});

describe('evaluate', () => {
  const textFile = (text: string) => {
    const file = join(folder, 'other.txt');
    writeFileSync(file, text);
    return file;
  };

  test('tells loss and perplexity, on which engine and which checkpoint', async () => {
    await checkpoint(3);
    const file = textFile('abcdefgh\nhgfedcba\n');
    const reference = await rondoJson('evaluate', folder, '--data', file, '--engine', 'reference');
    expect(reference).toMatchObject({ unit: 'character', targets: 17, lanes: 1, checkpoint: 3, engine: 'reference' });
    expect(reference.perplexity).toBeCloseTo(Math.exp(reference.loss), 9);
    const js = await rondoJson('evaluate', folder, '--data', file, '--engine', 'js');
    expect(js.loss).toBeCloseTo(reference.loss, 5);
    const { stdout } = await rondo('evaluate', folder, '--data', file);
    expect(stdout).toMatch(/^loss +2\.\d{4} nats a character$/m);
    expect(stdout).toMatch(/^predicted +17 characters/m);
  });

  test('of words it tells how many the run does not know', async () => {
    await checkpoint(3);
    writeFileSync(runPaths(folder).preparation, JSON.stringify(buildVocabulary('word', 'a b c d e f g')));
    const file = textFile('x a y b\nz z');
    expect(await rondoJson('evaluate', folder, '--data', file)).toMatchObject({ unit: 'word', targets: 6, unknown: 3 });
    expect((await rondo('evaluate', folder, '--data', file)).stdout).toMatch(
      /^unknown +3 words of them, read as <unk>$/m,
    );
    expect((await rondo('evaluate', folder, '--data', textFile('a b'))).stdout).toMatch(/^predicted +1 word, /m);
  });

  test('of byte-pair units it tells bits a character too, which other models compare by', async () => {
    await checkpoint(3);
    const pairs = buildVocabulary('byte-pair', 'abababcd', { merges: 2 });
    expect(pairs.size).toBe(6);
    // The weights are for nine symbols; three are never read.
    const stored = { ...pairs.toJSON(), symbols: ['<1>', '<2>', '<3>', 'a', 'b', 'c', 'd', 'ab', 'abab'], specials: 3 };
    const merges = [
      [3, 4],
      [7, 7],
    ];
    writeFileSync(runPaths(folder).preparation, JSON.stringify({ ...stored, merges }));
    const file = textFile('abababcd');
    const result = await rondoJson('evaluate', folder, '--data', file);
    // abab ab c d: three are predicted, of four characters.
    expect(result).toMatchObject({ unit: 'byte-pair', targets: 3, characters: 4 });
    expect(result.bitsPerCharacter).toBeCloseTo((3 * result.bits) / 4, 12);
    const { stdout } = await rondo('evaluate', folder, '--data', file);
    expect(stdout).toMatch(/^bits +\d\.\d{4} a byte-pair unit, \d\.\d{4} a character$/m);
    expect(stdout).toMatch(/^predicted +3 byte-pair units/m);
    const { text } = await rondoJson('generate', folder, '--prompt', 'abab', '--length', '5');
    expect(text).toMatch(/^([a-d]|<[123]>)+$/);
  });

  test('refuses a text that it cannot read', async () => {
    await checkpoint(3);
    const evaluate = (file: string) => rondo('evaluate', folder, '--data', file);
    await expect(evaluate(textFile('abcé'))).rejects.toThrow(/other\.txt: character 3, "é"/);
    await expect(evaluate(textFile('a'))).rejects.toThrow(/other\.txt has 1 character; /);
    await expect(evaluate(join(folder, 'none.txt'))).rejects.toMatchObject({ code: 'text-missing' });
  });

  test('without a text or with an unknown engine is bad usage', async () => {
    for (const args of [[], ['--data', 'a', '--engine', 'tpu']]) {
      const error = await rondo('evaluate', folder, ...args).catch((error: unknown) => error);
      expect(describeError(error).status).toBe(2);
    }
  });
});

describe('export', () => {
  const files = () => join(folder, 'files');
  beforeEach(() => mkdirSync(files()));
  const exported = (...args: string[]) => rondoJson('export', folder, ...args);

  test('writes the weights that the checkpoint has, and what they are of', async () => {
    await checkpoint(3);
    const file = join(files(), 'tiny.safetensors');
    const said = await exported('--format', 'safetensors', '--out', file);
    const bytes = readFileSync(file);
    const run = basename(folder);
    expect(said).toEqual({ file, format: 'safetensors', run, step: 3, bytes: bytes.length });
    const stored = await readSafetensors(file);
    expect(stored).toEqual(await readSafetensors(join(checkpointPath(folder, 3), 'weights.safetensors')));
    const { __metadata__: about } = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE())));
    expect(about).toMatchObject({ producer: 'Rondo 0.1.0', run, step: '3', task: 'language-model' });
    expect(JSON.parse(about.preparation)).toEqual(JSON.parse(JSON.stringify(vocabulary)));
    expect(JSON.parse(about.model)).toMatchObject({ hidden: 6, cell: 'rnn', activation: 'tanh' });
  });

  test('writes the whole model as ONNX, of the checkpoint asked for', async () => {
    await checkpoint(1, 2.5);
    await checkpoint(2);
    const file = join(files(), 'tiny.onnx');
    const { stdout } = await rondo('export', folder, '--format', 'onnx', '--out', file, '--checkpoint', 'best');
    expect(stdout).toMatch(/tiny\.onnx: the model after step 1, [\d,]+ bytes\n$/);
    const bytes = readFileSync(file);
    const { data } = (await readSafetensors(join(checkpointPath(folder, 1), 'weights.safetensors')))['output.weight'];
    for (const part of ['RNN', 'h_l0_next', 'logits', 'preparation', Buffer.from(data.buffer, data.byteOffset, 32)]) {
      expect(bytes.includes(part)).toBe(true);
    }
  });

  test('is called after run and step unless it is told', async () => {
    await checkpoint(3);
    const before = process.cwd();
    process.chdir(files());
    try {
      await exported('--format', 'onnx');
    } finally {
      process.chdir(before);
    }
    expect(readdirSync(files())).toEqual([`${basename(folder)}-3.onnx`]);
  });

  test('leaves a file that is there alone, unless --force', async () => {
    await checkpoint(3);
    const file = join(files(), 'taken');
    writeFileSync(file, 'mine');
    const command = ['--format', 'safetensors', '--out', file];
    const error = await exported(...command).catch((error: unknown) => error);
    expect(describeError(error)).toEqual({
      text: `${file}: is there already; choose another file: --out, or write over it: --force`,
      status: 2,
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await exported(...command, '--force');
    expect(Object.keys(await readSafetensors(file))).toContain('output.bias');
    expect(readdirSync(files())).toEqual(['taken']);
  });

  test('says where it cannot write', async () => {
    await checkpoint(3);
    const file = join(files(), 'nowhere', 'tiny.onnx');
    await expect(exported('--format', 'onnx', '--out', file)).rejects.toThrow(/tiny\.onnx: cannot be written \(ENOENT/);
  });

  test.each([[], ['--format', 'pickle'], ['--format', 'onnx', '--out', '']])('%s is bad usage', async (...args) => {
    const error = await rondo('export', folder, ...args).catch((error: unknown) => error);
    expect(describeError(error).status).toBe(2);
  });
});
