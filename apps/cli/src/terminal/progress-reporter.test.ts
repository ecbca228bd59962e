// What a terminal and a file see of the same run.

import { expect, test } from 'vitest';
import { ProgressReporter } from './progress-reporter.ts';

function reporterOn(isTTY: boolean): { reporter: ProgressReporter; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
  return { reporter: new ProgressReporter(stream as unknown as NodeJS.WriteStream), written };
}

const view = (step: number) => ({ step, steps: 100, loss: 1, tokensPerSecond: 10, workers: 1 });

test('elsewhere than on a terminal steps in quick succession are one line, and the last one is another', () => {
  const { reporter, written } = reporterOn(false);
  for (let step = 1; step <= 100; step++) reporter.update(view(step));
  reporter.note('validated');
  reporter.end();
  expect(written.map((text) => text.split('  ')[0])).toEqual(['step 1/100', 'validated\n', 'step 100/100']);
  expect(written.join('')).not.toContain('\u001b');
});

test('on a terminal one line is redrawn, below the lines that stay', () => {
  const { reporter, written } = reporterOn(true);
  reporter.update(view(1));
  reporter.update(view(2));
  reporter.note('validated');
  reporter.end();
  const erased = written.join('').split('\r\u001b[K');
  expect(erased.map((text) => text.split('  ')[0])).toEqual(['', 'step 1/100', 'validated\n', 'step 2/100']);
  expect(written.join('')).toMatch(/\n$/);
});
