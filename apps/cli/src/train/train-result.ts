// What `rondo train` says of a finished run: how well it predicts, a sample of its text, and what to do next.

import { coloursFor } from '@rondo/command';
import type { TrainingJob } from '@rondo/spec';
import { validationSummary } from '../cluster/follow.ts';
import { generateText } from '../language/generate-text.ts';
import { loadLanguageModel } from '../language/language-run.ts';
import { viewOfFolder } from '../runs/folder-view.ts';
import { formatDuration } from '../terminal/format.ts';
import { printJson } from '../terminal/output.ts';
import { shellLine } from './command-line.ts';

const sampleOptions = { prompt: '', length: 240, temperature: 0.7, seed: 0 };

export interface TrainResult {
  /** As a person would name it. */
  readonly folder: string;
  readonly job: TrainingJob;
  /** Since the command began. */
  readonly seconds: number;
  readonly json: boolean;
  /** For people. */
  readonly out: NodeJS.WriteStream;
}

export async function reportResult({ folder, job, seconds, json, out }: TrainResult): Promise<void> {
  const view = await viewOfFolder(folder);
  const sample = await generateText(await loadLanguageModel(folder), sampleOptions);
  if (json) {
    const { validationLoss } = view;
    const perplexity = validationLoss === undefined ? undefined : Math.exp(validationLoss);
    return printJson({ ...view, perplexity, seconds, sample });
  }
  const { bold, dim } = coloursFor(out);
  const summary = validationSummary(view, job.spec.data.unit);
  const lines = [
    `step ${view.step} after ${formatDuration(seconds)}`,
    ...(summary === undefined ? [] : [bold(summary)]),
    '',
    dim('sample:'),
    sample,
    '',
    `${dim('run:')}   ${folder}`,
    `${dim('next:')}  ${shellLine(['npx', 'rondo', 'generate', folder, '--prompt', 'function ', '--length', '200'])}`,
  ];
  out.write(`${lines.join('\n')}\n`);
}
