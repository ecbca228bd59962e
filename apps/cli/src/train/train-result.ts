// What `rondo train` says of a finished run: how well it predicts, a sample of its text, and what to do next.

import { relative, resolve } from 'node:path';
import { coloursFor } from '@rondo/command';
import { DataFault, type Vocabulary } from '@rondo/data';
import { loadRun } from '@rondo/inference';
import type { TrainingJob } from '@rondo/spec';
import { readLog, runPaths } from '@rondo/storage';
import { lossUnit } from '@rondo/tasks';
import { validationSummary } from '../cluster/follow.ts';
import { viewOfFolder } from '../runs/folder-view.ts';
import { formatDuration } from '../terminal/format.ts';
import { printJson } from '../terminal/output.ts';
import { shellLine } from './command-line.ts';
import { phasesSummary } from './step-phases.ts';

const sampleOptions = { prompt: '', length: 240, temperature: 0.7, seed: 0 };

export interface TrainResult {
  /** As a person would name it. */
  readonly folder: string;
  readonly job: TrainingJob;
  /** What the spec's paths are relative to. */
  readonly base: string;
  /** Since the command began. */
  readonly seconds: number;
  readonly json: boolean;
  /** For people. */
  readonly out: NodeJS.WriteStream;
}

export async function reportResult({ folder, job, base, seconds, json, out }: TrainResult): Promise<void> {
  const view = await viewOfFolder(folder);
  const unit = lossUnit(job.spec);
  const shown = await showcase(job, folder, base);
  if (json) {
    const { validationLoss } = view;
    const perplexity = validationLoss === undefined || !unit.perplexity ? undefined : Math.exp(validationLoss);
    return printJson({ ...view, perplexity, seconds, sample: shown.sample });
  }
  const { bold, dim } = coloursFor(out);
  const phases = phasesSummary(readLog(runPaths(folder).metrics).map((line) => JSON.parse(line)));
  const summary = validationSummary(view, unit);
  const lines = [
    `step ${view.step} after ${formatDuration(seconds)}`,
    // Early, that is: what it says of a run that took all its steps, this line has said.
    ...(view.step === view.steps ? [] : [bold(view.reason)]),
    ...(phases === undefined ? [] : [dim(phases)]),
    ...(summary === undefined ? [] : [bold(summary)]),
    '',
    ...(shown.sample === undefined ? [] : [dim('sample:'), shown.sample, '']),
    `${dim('run:')}   ${folder}`,
    `${dim('next:')}  ${shellLine(['npx', 'rondo', ...shown.next])}`,
  ];
  out.write(`${lines.join('\n')}\n`);
}

/** What shows best what the model has learnt: text of a language model; and the next command to try. */
async function showcase(
  { spec }: TrainingJob,
  folder: string,
  base: string,
): Promise<{ sample?: string; next: string[] }> {
  if (spec.task !== 'language-model') {
    return { next: ['predict', folder, '--data', relative('', resolve(base, spec.data.train[0]))] };
  }
  const run = await loadRun(folder);
  if (run.task !== spec.task) throw new Error(`${folder}: holds a run of the task ${run.task}, not ${spec.task}`);
  const sample = await run.generate(sampleOptions);
  return { sample, next: ['generate', folder, ...promptWords(run.vocabulary, sample), '--length', '200'] };
}

/** `--prompt` with something that the model can read: what code goes on from, else a word of the sample; else nothing. */
export function promptWords(vocabulary: Vocabulary, sample: string): string[] {
  const [word] = /[\p{L}\p{N}]+/u.exec(sample) ?? [];
  const prompt = ['function ', word].find((text) => text !== undefined && isKnown(vocabulary, text));
  return prompt === undefined ? [] : ['--prompt', prompt];
}

function isKnown(vocabulary: Vocabulary, text: string): boolean {
  try {
    // An unknown word is no fault, it comes back as another one; white space between words does not come back.
    return [text, text.trimEnd()].includes(vocabulary.decode(vocabulary.encode(text)));
  } catch (error) {
    if (error instanceof DataFault) return false;
    throw error;
  }
}
