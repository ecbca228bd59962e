// How far a command is, on a line of standard error that is written over; only where a person looks.

import { eraseLine } from './progress-reporter.ts';

export function showShare(share: number): void {
  if (process.stderr.isTTY) process.stderr.write(`${eraseLine}${Math.floor(100 * share)} %`);
}

export function clearShare(): void {
  if (process.stderr.isTTY) process.stderr.write(eraseLine);
}
