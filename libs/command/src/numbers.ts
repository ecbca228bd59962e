// Numbers on a command line.

import { InvalidArgumentError } from 'commander';

/** More compute threads than machines have cores. */
export const mostThreads = 1024;

/** A parser of whole numbers in [from, to]; what is none is bad usage. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${from} to ${to}.`);
  };
}
