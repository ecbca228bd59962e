// How far a run is, in one line of text.

import type { LossUnit } from '@rondo/tasks';
import { formatCount, formatDuration, formatLoss } from './format.ts';
import { scoresText } from './scores-text.ts';

export interface ProgressView {
  readonly step: number;
  readonly steps: number;
  /** Nats a target; undefined before the first step. */
  readonly loss?: number | undefined;
  readonly tokensPerSecond: number;
  readonly secondsLeft?: number | undefined;
  /** That computed the newest step. */
  readonly workers: number;
}

/** `step 40/200  loss 2.3456  12,345 tokens/s  1:02 left  2 workers`. */
export function progressText(view: ProgressView): string {
  return [`step ${view.step}/${view.steps}`, ...details(view)].join('  ');
}

const barWidth = 24;

/** The same with a bar, never wider than a terminal: the bar gives way first, then what stands last. */
export function progressLine(view: ProgressView, columns: number): string {
  const share = view.steps > 0 ? Math.min(1, view.step / view.steps) : 0;
  const filled = Math.round(share * barWidth);
  const bar = `${'━'.repeat(filled)}${'╌'.repeat(barWidth - filled)}`;
  const parts = [`step ${view.step}/${view.steps}`, `${bar} ${Math.floor(share * 100)}%`, ...details(view)];
  const fits = () => parts.join('  ').length < columns;
  if (!fits()) parts.splice(1, 1);
  while (parts.length > 1 && !fits()) parts.pop();
  return parts.join('  ');
}

function details({ loss, tokensPerSecond, secondsLeft, workers }: ProgressView): string[] {
  return [
    ...(loss === undefined ? [] : [`loss ${formatLoss(loss)}`]),
    ...(tokensPerSecond > 0 ? [`${formatCount(tokensPerSecond)} tokens/s`] : []),
    ...(secondsLeft === undefined ? [] : [`${formatDuration(secondsLeft)} left`]),
    `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  ];
}

/** A validation's line: `step 200  validation loss 2.3456 nats a character, perplexity 10.44`. */
export function validationText(step: number, validation: ShownValidation, unit: LossUnit): string {
  return `step ${step}  ${lossText(validation, unit)}`;
}

export interface ShownValidation {
  readonly loss: number;
  readonly scores?: Readonly<Record<string, number>> | undefined;
}

/** `validation loss 2.3456 nats a character, perplexity 10.44`. */
export function lossText({ loss, scores = {} }: ShownValidation, { name, perplexity }: LossUnit): string {
  const more = [...(perplexity ? [`perplexity ${Math.exp(loss).toFixed(2)}`] : []), scoresText(scores)];
  return [`validation loss ${formatLoss(loss)} ${name}`, ...more.filter((text) => text !== '')].join(', ');
}
