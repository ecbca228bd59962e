// How commands speak: results on standard output, as tables or JSON; faults on standard error; colours on terminals only.

import Table from 'cli-table3';
import picocolors from 'picocolors';

/** Colours for a stream: none where nobody sees them, or where NO_COLOR is set. */
export function coloursFor(stream: NodeJS.WriteStream): ReturnType<typeof picocolors.createColors> {
  return picocolors.createColors(stream.isTTY === true && !process.env.NO_COLOR);
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printFault(text: string): void {
  process.stderr.write(`${coloursFor(process.stderr).red('rondo:')} ${text}\n`);
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
