// `rondo evaluate`: the loss of a trained language model on other text.

import { DataFault, readText, type Vocabulary } from '@rondo/data';
import type { EngineName } from '@rondo/rnn-core';
import { unitName } from '@rondo/tasks';
import { Command } from 'commander';
import { openEngine } from '../engines/open-engine.ts';
import { type Evaluation, evaluateText } from '../language/evaluate-text.ts';
import { type CheckpointChoice, encodeFrom } from '../language/language-run.ts';
import { loadAndWarn } from '../language/load-and-warn.ts';
import { formatCount, formatCounted, formatLoss } from '../terminal/format.ts';
import { printJson, printPairs } from '../terminal/output.ts';
import { eraseLine } from '../terminal/progress-reporter.ts';
import { checkpointOption, engineOption, jsonOption } from './options.ts';

interface Options {
  readonly data: string;
  readonly engine: EngineName | 'auto';
  readonly checkpoint: CheckpointChoice;
  readonly json?: true;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('loss and perplexity of a trained language model on other text')
    .argument('<run>', "the run's folder")
    .requiredOption('--data <file>', 'the text: a file or a glob')
    .addOption(engineOption())
    .addOption(checkpointOption())
    .addOption(jsonOption())
    .action(evaluate);
}

async function evaluate(run: string, { data, engine: wanted, checkpoint, json }: Options): Promise<void> {
  const trained = await loadAndWarn(run, checkpoint);
  const { unit } = trained.vocabulary;
  const called = unitName(unit);
  const { text } = await readText([data], process.cwd(), { unit });
  const tokens = encodeFrom(data, trained.vocabulary, text);
  if (tokens.length < 2) {
    const has = formatCounted(tokens.length, called);
    throw new DataFault('text-too-short', `${data} has ${has}; the second is the first to predict`);
  }
  const engine = await openEngine(wanted);
  const started = performance.now();
  const { sequence } = trained.job.training;
  const result = await evaluateText(trained, engine, tokens, sequence, showShare);
  await engine.dispose();
  const seconds = (performance.now() - started) / 1000;
  if (process.stderr.isTTY) process.stderr.write(eraseLine);
  const { name, device } = engine;
  // Number 0 is <unk>; the first word is not predicted.
  const unknown = unit === 'word' ? tokens.subarray(1).filter((id) => id === 0).length : undefined;
  const perCharacter = characterScores(trained.vocabulary, tokens, result);
  if (json)
    return printJson({
      ...result,
      ...perCharacter,
      unit,
      unknown,
      checkpoint: trained.step,
      engine: name,
      device,
      seconds,
    });
  const { loss, bits, perplexity, targets, lanes } = result;
  const ofCharacters = perCharacter ? `, ${perCharacter.bitsPerCharacter.toFixed(4)} a character` : '';
  printPairs([
    ['loss', `${formatLoss(loss)} nats a ${called}`],
    ['bits', `${bits.toFixed(4)} a ${called}${ofCharacters}`],
    ['perplexity', perplexity.toPrecision(5)],
    ['predicted', `${formatCounted(targets, called)}, all but the first`],
    ['unknown', unknown === undefined ? undefined : `${formatCounted(unknown, called)} of them, read as <unk>`],
    ['read', lanes === 1 ? 'from beginning to end' : `in ${lanes} parts, each from a state of zero`],
    ['checkpoint', `step ${formatCount(trained.step)}`],
    ['engine', `${name} (${device.description}), ${formatCount(targets / seconds)} ${called}s/s`],
  ]);
}

/** Of byte-pair units, which other models cut otherwise: what the whole text costs over its characters, to compare by. */
function characterScores(vocabulary: Vocabulary, tokens: Int32Array, { bits, targets }: Evaluation) {
  if (vocabulary.unit !== 'byte-pair') return undefined;
  const characters = Array.from(vocabulary.decode(tokens.subarray(1))).length;
  return { characters, bitsPerCharacter: (bits * targets) / characters };
}

function showShare(share: number): void {
  if (process.stderr.isTTY) process.stderr.write(`${eraseLine}${Math.floor(100 * share)} %`);
}
