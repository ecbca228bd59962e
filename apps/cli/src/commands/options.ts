// Options that several commands share, and how numbers are read: a bad one is bad usage.

import { connectAddress, tlsOption, wholeNumber } from '@rondo/command';
import type { CheckpointChoice } from '@rondo/inference';
import { type EngineName, engineNames } from '@rondo/rnn-core';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Of the commands that compute with a trained model. */
export interface EngineOptions {
  readonly engine: EngineName | 'auto';
  readonly checkpoint: CheckpointChoice;
}

/** Of the commands that may write texts. */
export interface WriteOptions {
  readonly beam?: number;
  readonly lengthPenalty?: number;
}

/** @throws InvalidArgumentError for what is no finite number of at least 0. */
export function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('Expected a number of at least 0.');
}

/** @throws InvalidArgumentError for nothing, which the system takes for the current folder. */
export function folderName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a folder.');
}

export const checkpointOption = () =>
  new Option('--checkpoint <which>', 'newest, best (of those validated, by training.metric) or the number of a step')
    .default('newest')
    .argParser((text): CheckpointChoice => {
      if (text === 'newest' || text === 'best') return text;
      if (/^\d{1,15}$/.test(text)) return Number(text);
      throw new InvalidArgumentError('Expected newest, best or the number of a step.');
    });

export const engineOption = () =>
  new Option('--engine <name>', 'what computes; auto: the best that works here')
    .choices(['auto', ...engineNames])
    .default('auto');

/** `--set a.b=value`, any number of times. */
export const setOption = () =>
  new Option('--set <a.b=value>', "override a field of the spec's `spec:`, such as training.steps=100; repeatable")
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');

/** Of the tasks that write texts. */
export const beamOption = () =>
  new Option(
    '--beam <n>',
    'texts kept in sight while one is written; default: 1, always the likeliest symbol',
  ).argParser(wholeNumber(1, 1000));

export const lengthPenaltyOption = () =>
  new Option('--length-penalty <a>', 'how much longer texts are favoured; default: 0').argParser(nonNegative);

export const jsonOption = () => new Option('--json', 'JSON on standard output instead of text for people');

/** `--coordinator host:port`, or the environment's RONDO_COORDINATOR. */
export const coordinatorOption = () =>
  new Option('--coordinator <host:port>', 'the coordinator to ask').env('RONDO_COORDINATOR').argParser(connectAddress);

/** Options by which a command finds its coordinator, and proves who is asking. */
export function withConnection(command: Command, coordinator = coordinatorOption().makeOptionMandatory()): Command {
  return command
    .addOption(coordinator)
    .addOption(tlsOption())
    .addOption(new Option('--token-file <file>', 'a bearer token instead of a certificate').env('RONDO_TOKEN_FILE'));
}
