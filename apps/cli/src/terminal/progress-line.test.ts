// What a person reads of a run under way, in any width.

import { expect, test } from 'vitest';
import { type ProgressView, progressLine, progressText, validationText } from './progress-line.ts';

const view: ProgressView = {
  step: 50,
  steps: 200,
  loss: 2.34567,
  tokensPerSecond: 12345.6,
  secondsLeft: 3723,
  workers: 2,
};

test('a plain line says all there is', () => {
  expect(progressText(view)).toBe('step 50/200  loss 2.3457  12,346 tokens/s  1:02:03 left  2 workers');
});

test('what is not known yet is left out', () => {
  expect(progressText({ step: 0, steps: 200, tokensPerSecond: 0, workers: 1 })).toBe('step 0/200  1 worker');
});

test('the bar is as full as the run is far', () => {
  const filled = (step: number) => progressLine({ ...view, step }, 200).split('━').length - 1;
  expect([filled(0), filled(50), filled(200), filled(300)]).toEqual([0, 6, 24, 24]);
  expect(progressLine(view, 200)).toContain(' 25%  loss 2.3457');
});

test('no line is as wide as its terminal, and the step stays', () => {
  for (let columns = 12; columns <= 160; columns++) {
    const line = progressLine(view, columns);
    expect(line.length).toBeLessThan(columns);
    expect(line).toMatch(/^step 50\/200/);
  }
  expect(progressLine(view, 75)).toBe(progressText(view));
  expect(progressLine(view, 40)).toBe('step 50/200  loss 2.3457');
});

test('a validation says loss and perplexity', () => {
  expect(validationText(200, { loss: Math.log(10) }, { name: 'nats a character', perplexity: true })).toBe(
    'step 200  validation loss 2.3026 nats a character, perplexity 10.00',
  );
});
