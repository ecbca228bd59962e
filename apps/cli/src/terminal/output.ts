// How commands speak: results on standard output, as lines, tables or JSON.

import { coloursFor } from '@rondo/command';
import Table from 'cli-table3';

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

const noBorders = Object.fromEntries(
  [
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right',
    'left left-mid mid mid-mid right right-mid middle',
  ]
    .join(' ')
    .split(' ')
    .map((name) => [name, '']),
);

/** A table without lines: a row a line, so that other tools can read it too. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const { bold } = coloursFor(process.stdout);
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };
  const table = new Table({ head: head.map((name) => bold(name)), chars: noBorders, style });
  table.push(...rows.map((row) => [...row]));
  printLine(trimLines(table.toString()));
}

/** Names and values, one pair a line; pairs without a value are left out. */
export function printPairs(pairs: readonly (readonly [string, string | undefined])[]): void {
  const { dim } = coloursFor(process.stdout);
  const shown = pairs.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) printLine(`${dim(name.padEnd(width))}  ${value}`);
}

function trimLines(text: string): string {
  return text.replace(/[ \t]+$/gm, '');
}
