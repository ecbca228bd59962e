// `rondo predict`: what a trained model says of examples, one JSON line each.

import { CommandFault } from '@rondo/command';
import { RunFault, replaceFile } from '@rondo/storage';
import type { Prediction } from '@rondo/tasks';
import { Command, InvalidArgumentError } from 'commander';
import { loadAndWarn } from '../runs/load-and-warn.ts';
import { formatCount, formatCounted } from '../terminal/format.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { clearShare, showShare } from '../terminal/share-line.ts';
import {
  beamOption,
  checkpointOption,
  type EngineOptions,
  engineOption,
  jsonOption,
  lengthPenaltyOption,
  type WriteOptions,
} from './options.ts';

interface Options extends EngineOptions, WriteOptions {
  readonly data: string;
  readonly out?: string;
  readonly json?: true;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('what a trained model predicts of examples: one JSON line each, in the order of the file')
    .argument('<run>', "the run's folder")
    .requiredOption(
      '--data <file>',
      "a file or a glob of examples in the run's format; nothing has to be known of them",
    )
    .option('--out <file>', 'where the lines go; default: standard output', fileName)
    .addOption(beamOption())
    .addOption(lengthPenaltyOption())
    .addOption(engineOption())
    .addOption(checkpointOption())
    .addOption(jsonOption())
    .action(predict);
}

function fileName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a file.');
}

async function predict(folder: string, { data, out, engine, checkpoint, json, ...writing }: Options): Promise<void> {
  const run = await loadAndWarn(folder, { engine, checkpoint });
  try {
    if (run.task === 'language-model') {
      const message = `${folder}: is a language model; for text of it: rondo generate, to judge it: rondo evaluate`;
      throw new RunFault('run-other-task', message);
    }
    const predictions = await run.predictFiles(data, { ...writing, onShare: showShare });
    clearShare();
    if (out === undefined) return predictions.forEach(printJson);
    await writeLines(out, predictions);
    const { name, device } = await run.engine();
    const [count, { step }] = [predictions.length, run];
    if (json) return printJson({ file: out, predictions: count, checkpoint: step, engine: name, device });
    printLine(
      `${out}: ${formatCounted(count, 'prediction')} by the model after step ${formatCount(step)}, engine ${name}`,
    );
  } finally {
    await run.dispose();
  }
}

async function writeLines(file: string, predictions: readonly Prediction[]): Promise<void> {
  try {
    await replaceFile(file, predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join(''));
  } catch (error) {
    throw new CommandFault(`${file}: cannot be written (${(error as Error).message})`);
  }
}
