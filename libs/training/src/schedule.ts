// The learning rate of every step: a pure function of the step's number.

import type { ScheduleSpec } from '@rondo/spec';
import { cosine, power } from './portable.ts';

/**
 * With W steps of warm-up, step k <= W has rate base·k/W. After it, with S = `schedule.steps`, else `totalSteps`:
 * - cosine: base·(1 + cos(π(k-1-W)/(S-W)))/2 (Loshchilov and Hutter 2017, without restarts), 0 beyond S;
 * - linear: base·(S-k+1)/(S-W), 0 beyond S;
 * - step: base·gamma^⌊(k-1-W)/every⌋;
 * - constant: base.
 *
 * @param step from 1.
 * @param base `optimizer.learningRate`.
 * @param totalSteps the run's steps when it was first started.
 */
export function learningRateAt(step: number, base: number, schedule: ScheduleSpec, totalSteps: number): number {
  const { warmup } = schedule;
  if (step <= warmup) return (base * step) / warmup;
  const after = step - 1 - warmup;
  switch (schedule.name) {
    case 'constant':
      return base;
    case 'step':
      return base * power(schedule.gamma, Math.floor(after / schedule.every));
    case 'cosine':
    case 'linear': {
      const last = schedule.steps ?? totalSteps;
      if (step > last) return 0;
      const span = last - warmup;
      return schedule.name === 'linear' ? (base * (span - after)) / span : halfCosine(base, after / span);
    }
  }
}

function halfCosine(base: number, share: number): number {
  return (base * (1 + cosine(Math.PI * share))) / 2;
}
