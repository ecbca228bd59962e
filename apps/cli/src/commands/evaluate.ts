// `rondo evaluate`: how well a trained model does on other data.

import { CommandFault, usageStatus } from '@rondo/command';
import type { ExampleRun, LanguageRun } from '@rondo/inference';
import { lossUnit, unitName } from '@rondo/tasks';
import { Command } from 'commander';
import { loadAndWarn } from '../runs/load-and-warn.ts';
import { formatCount, formatCounted, formatLoss } from '../terminal/format.ts';
import { printJson, printPairs } from '../terminal/output.ts';
import { scoreName, scoreValue } from '../terminal/scores-text.ts';
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
  readonly labels?: string;
  readonly json?: true;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('loss and scores of a trained model on other data')
    .argument('<run>', "the run's folder")
    .requiredOption('--data <file>', "a file or a glob: text of a language model, else examples in the run's format")
    .option('--labels <file>', 'the classes, where they lie in a file of their own')
    .addOption(beamOption())
    .addOption(lengthPenaltyOption())
    .addOption(engineOption())
    .addOption(checkpointOption())
    .addOption(jsonOption())
    .action(evaluate);
}

async function evaluate(folder: string, { engine, checkpoint, ...options }: Options): Promise<void> {
  const run = await loadAndWarn(folder, { engine, checkpoint });
  try {
    await (run.task === 'language-model' ? evaluateLanguage(run, options) : evaluateExamples(run, options));
  } finally {
    await run.dispose();
  }
}

type Judged = Omit<Options, keyof EngineOptions>;

async function evaluateLanguage(run: LanguageRun, { data, json, ...ofExamples }: Judged): Promise<void> {
  if (Object.keys(ofExamples).length > 0) {
    throw new CommandFault(
      '--labels, --beam and --length-penalty are not for language models; leave them out',
      usageStatus,
    );
  }
  const { result, seconds, engine, device } = await timed(run, () => run.evaluate(data, { onShare: showShare }));
  if (json) return printJson({ ...result, checkpoint: run.step, engine, device, seconds });
  const { loss, bits, perplexity, targets, lanes, unknown, bitsPerCharacter } = result;
  const called = unitName(result.unit);
  const ofCharacters = bitsPerCharacter === undefined ? '' : `, ${bitsPerCharacter.toFixed(4)} a character`;
  printPairs([
    ['loss', `${formatLoss(loss)} nats a ${called}`],
    ['bits', `${bits.toFixed(4)} a ${called}${ofCharacters}`],
    ['perplexity', perplexity.toPrecision(5)],
    ['predicted', `${formatCounted(targets, called)}, all but the first`],
    ['unknown', unknown === undefined ? undefined : `${formatCounted(unknown, called)} of them, read as <unk>`],
    ['read', lanes === 1 ? 'from beginning to end' : `in ${lanes} parts, each from a state of zero`],
    ['checkpoint', `step ${formatCount(run.step)}`],
    ['engine', `${engine} (${device.description}), ${formatCount(targets / seconds)} ${called}s/s`],
  ]);
}

async function evaluateExamples(run: ExampleRun, { data, json, ...options }: Judged): Promise<void> {
  const evaluated = () => run.evaluate(data, { ...options, onShare: showShare });
  const { result, seconds, engine, device } = await timed(run, evaluated);
  const { loss, scores, examples } = result;
  const unit = lossUnit(run.job);
  const perplexity = unit.perplexity && loss !== undefined ? Math.exp(loss) : undefined;
  if (json) return printJson({ ...result, perplexity, checkpoint: run.step, engine, device, seconds });
  printPairs([
    ['loss', loss === undefined ? undefined : `${formatLoss(loss)} ${unit.name}`],
    ['perplexity', perplexity?.toPrecision(5)],
    ...Object.entries(scores).map(([name, value]) => [scoreName(name), scoreValue(name, value)] as const),
    ['judged', formatCounted(examples, 'example')],
    ['checkpoint', `step ${formatCount(run.step)}`],
    ['engine', `${engine} (${device.description}), ${formatCount(examples / seconds)} examples/s`],
  ]);
}

/** Without the time that the engine takes to open. */
async function timed<Result>(run: LanguageRun | ExampleRun, work: () => Promise<Result>) {
  const { name: engine, device } = await run.engine();
  const started = performance.now();
  const result = await work();
  clearShare();
  return { result, seconds: (performance.now() - started) / 1000, engine, device };
}
