// `rondo generate` and `rondo evaluate` on the folder of a run.

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError } from '@rondo/command';
import { buildVocabulary } from '@rondo/data';
import { initialValues, languageModelParameters } from '@rondo/rnn-core';
import { formatJob, type LanguageModelSpec, parseJob } from '@rondo/spec';
import { checkpointPath, runPaths, writeCheckpoint } from '@rondo/storage';
import { languageModelOf } from '@rondo/tasks';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { evaluateCommand } from './evaluate.ts';
import { generateCommand } from './generate.ts';

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

/** Runs a command line. @returns what it wrote. @throws what the process would report. */
async function rondo(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    }),
  );
  try {
    const program = new Command('rondo').exitOverride();
    for (const command of [generateCommand(), evaluateCommand()]) {
      program.addCommand(command.copyInheritedSettings(program));
    }
    await program.parseAsync(args, { from: 'user' });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written;
}

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
    await expect(rondo('generate', folder, '--prompt', 'abx')).rejects.toThrow(/--prompt: character 2, "x"/);
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
