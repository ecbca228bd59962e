// `rondo evaluate` and `rondo predict` on the folder of a classifier's run.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '@rondo/command';
import { untrainedRun } from '@rondo/inference/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateCommand } from './evaluate.ts';
import { generateCommand } from './generate.ts';
import { predictCommand } from './predict.ts';
import { commandLine } from './testing/command-line.ts';

const rondo = commandLine(evaluateCommand, predictCommand, generateCommand);
const table = 'text,label\na good film,up\nbad,down\ngood good,up\na bad bad film,down\n';
const spec = `
  task: classification
  seed: 5
  data: { train: train.csv, input: text, label: label, unit: word, validation: 0 }
  model: { cell: gru, layers: 1, hidden: 5, embedding: 3 }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`;

let folder: string;
let train: string;
beforeAll(async () => {
  folder = await untrainedRun({ 'train.csv': table }, spec, [1, 3]);
  train = join(folder, 'train.csv');
});

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('predict', () => {
  test('writes a line an example, in the order of the file, and needs no labels', async () => {
    const unlabelled = join(folder, 'asked.csv');
    writeFileSync(unlabelled, 'text\na good film\nbad\ngood good\na bad bad film\n');
    const { stdout } = await rondo('predict', folder, '--data', unlabelled, '--engine', 'reference');
    const lines = linesOf(stdout);
    expect(lines).toHaveLength(4);
    for (const { class: name, probability, probabilities } of lines) {
      expect(Object.keys(probabilities)).toEqual(['down', 'up']);
      expect(probability).toBe(Math.max(...Object.values(probabilities as Record<string, number>)));
      expect(probabilities[name]).toBe(probability);
    }
    expect((await rondo('predict', folder, '--data', train, '--engine', 'reference')).stdout).toBe(stdout);
    expect((await rondo('predict', folder, '--data', train, '--checkpoint', '1')).stdout).not.toBe(stdout);
  });

  test('writes them into a file, and says so', async () => {
    const out = join(folder, 'predictions.jsonl');
    const command = ['predict', folder, '--data', train, '--engine', 'reference'];
    const { stdout } = await rondo(...command, '--out', out);
    expect(stdout).toBe(`${out}: 4 predictions by the model after step 3, engine reference\n`);
    expect(readFileSync(out, 'utf8')).toBe((await rondo(...command)).stdout);
    const said = JSON.parse((await rondo(...command, '--out', out, '--json')).stdout);
    expect(said).toMatchObject({ file: out, predictions: 4, checkpoint: 3, engine: 'reference' });
    const nowhere = rondo(...command, '--out', join(folder, 'nowhere/p.jsonl'));
    await expect(nowhere).rejects.toThrow(/p\.jsonl: cannot be written \(ENOENT/);
  });

  test('names a file that is not as the run needs it', async () => {
    const other = join(folder, 'other.csv');
    writeFileSync(other, 'words\ngood\n');
    await expect(rondo('predict', folder, '--data', other)).rejects.toThrow(/other\.csv.*no column "text"/);
    await expect(rondo('predict', folder, '--data', 'none.csv')).rejects.toThrow(/none\.csv matches no file/);
    for (const args of [[], ['--data', train, '--out', '']]) {
      const error = await rondo('predict', folder, ...args).catch((error: unknown) => error);
      expect(describeError(error).status).toBe(2);
    }
  });

  test('a language model predicts no examples, a classifier writes no text', async () => {
    const text = await untrainedRun(
      { 'text.txt': 'abcdefgh\n'.repeat(9) },
      `
  task: language-model
  seed: 7
  data: { text: [text.txt], unit: character, validation: 0 }
  model: { cell: rnn, layers: 1, hidden: 3, embedding: 2 }
  training: { batch: 2, sequence: 4, shards: 1, optimizer: { name: sgd, learningRate: 0.1 }, steps: 3 }
`,
    );
    await expect(rondo('predict', text, '--data', train)).rejects.toThrow(/is a language model; .* rondo generate/);
    await expect(rondo('generate', folder)).rejects.toThrow(/task is classification, .* rondo predict/);
    const beam = rondo('predict', folder, '--data', train, '--beam', '4');
    await expect(beam).rejects.toThrow(/task is classification, which writes no texts/);
    const labels = rondo('evaluate', text, '--data', train, '--labels', 'x');
    await expect(labels).rejects.toThrow(/--labels, .* are not for language models/);
  });
});

describe('evaluate', () => {
  test('tells loss and scores, of which examples and which checkpoint', async () => {
    const command = ['evaluate', folder, '--data', train, '--engine', 'reference'];
    const { loss, scores, ...rest } = JSON.parse((await rondo(...command, '--json')).stdout);
    expect(rest).toMatchObject({ examples: 4, checkpoint: 3, engine: 'reference' });
    const { stdout } = await rondo(...command);
    expect(stdout).toContain(`loss        ${loss.toFixed(4)} nats a sequence\n`);
    expect(stdout).toContain(`accuracy    ${(100 * scores.accuracy).toFixed(2)} %\n`);
    expect(stdout).toContain('judged      4 examples\n');
  });

  test('a class that the run does not know is named', async () => {
    const other = join(folder, 'sideways.csv');
    writeFileSync(other, 'text,label\ngood,sideways\n');
    await expect(rondo('evaluate', folder, '--data', other)).rejects.toThrow(/class "sideways" is not among the 2/);
  });
});
