// `rondo export`: a trained model as one file for other programs.

import { access } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CommandFault, usageStatus } from '@rondo/command';
import type { CheckpointChoice } from '@rondo/inference';
import { replaceFile } from '@rondo/storage';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type ExportFormat, encodeRun, exportFormats } from '../runs/encode-run.ts';
import { loadAndWarn } from '../runs/load-and-warn.ts';
import { formatCount } from '../terminal/format.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { checkpointOption, jsonOption } from './options.ts';

interface Options {
  readonly format: ExportFormat;
  readonly out?: string;
  readonly checkpoint: CheckpointChoice;
  readonly force: boolean;
  readonly json?: true;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write a trained model as one file for other programs')
    .argument('<run>', "the run's folder")
    .addOption(
      new Option('--format <format>', 'safetensors: the weights, for PyTorch; onnx: the whole model, for onnxruntime')
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'where to; default: <run>-<step>.<format>, in the current folder', fileName)
    .option('--force', 'write over a file that is there', false)
    .addOption(checkpointOption())
    .addOption(jsonOption())
    .action(exportModel);
}

function fileName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a file.');
}

async function exportModel(run: string, { format, checkpoint, force, json, out }: Options): Promise<void> {
  // Nothing is computed: no engine is opened.
  const trained = await loadAndWarn(run, { checkpoint });
  const name = basename(resolve(run));
  const file = out ?? `${name}-${trained.step}.${format}`;
  if (!force) await expectFree(file);
  const pieces = encodeRun(trained, format, name);
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  try {
    await replaceFile(file, pieces);
  } catch (error) {
    throw new CommandFault(`${file}: cannot be written (${(error as Error).message})`);
  }
  if (json) return printJson({ file: resolve(file), format, run: name, step: trained.step, bytes });
  printLine(`${file}: the model after step ${formatCount(trained.step)}, ${formatCount(bytes)} bytes`);
}

async function expectFree(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new CommandFault(
    `${file}: is there already; choose another file: --out, or write over it: --force`,
    usageStatus,
  );
}
