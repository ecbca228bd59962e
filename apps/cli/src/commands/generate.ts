// `rondo generate`: text from a trained language model.

import { coloursFor, wholeNumber } from '@rondo/command';
import type { CheckpointChoice, GenerationOptions } from '@rondo/inference';
import { Command } from 'commander';
import { loadLanguageRun } from '../runs/load-and-warn.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { checkpointOption, jsonOption, nonNegative } from './options.ts';

const lengthLimit = 10_000_000;

interface Options extends GenerationOptions {
  readonly checkpoint: CheckpointChoice;
  readonly json?: true;
}

export function generateCommand(): Command {
  return new Command('generate')
    .description('write text with a trained language model')
    .argument('<run>', "the run's folder")
    .option('--prompt <text>', 'what to go on from; default: the beginning of a line', '')
    .option('--length <n>', 'characters, bytes or words to write', wholeNumber(1, lengthLimit), 200)
    .option('--temperature <t>', '0: always the likeliest; 1: as the model expects', nonNegative, 0.8)
    .option('--seed <k>', 'another seed, another text', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .addOption(checkpointOption())
    .addOption(jsonOption())
    .action(generate);
}

async function generate(folder: string, { checkpoint, json, ...options }: Options): Promise<void> {
  const run = await loadLanguageRun(folder, { checkpoint });
  if (json) {
    const text = await run.generate(options);
    return printJson({ text, ...options, checkpoint: run.step, engine: 'reference' });
  }
  // The prompt is shown once the model has read it.
  let before = options.prompt;
  await run.generate(options, (piece) => {
    process.stdout.write(before + piece);
    before = '';
  });
  printLine('');
  if (process.stderr.isTTY) {
    process.stderr.write(coloursFor(process.stderr).dim(`checkpoint of step ${run.step}, reference engine\n`));
  }
}
