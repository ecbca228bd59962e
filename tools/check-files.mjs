// Checks what no linter does: an opening comment in every source file, files of one idea, nothing put off in a comment.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const wantedLines = 300;
const maximumLines = 400;

/** Files that may be longer, each with its reason. */
const longFiles = new Map([]);

/** Words that put work off or silence the compiler; split here, so that this file passes its own check. */
const unwanted = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b|@ts-(${['ignore', 'nocheck'].join('|')})`,
);

// Tracked files and those that will be: whatever git does not ignore.
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
const sources = listed
  .split('\n')
  .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('/generated/') && existsSync(file));

const faults = sources.flatMap((file) => faultsOf(file, readFileSync(file, 'utf8').split('\n')));
for (const fault of faults) console.error(fault);
if (sources.length === 0) console.error('found no source files: run this in the workspace');
process.exitCode = faults.length > 0 || sources.length === 0 ? 1 : 0;

/**
 * @param {string} file
 * @param {string[]} lines
 * @returns {string[]} one line a fault
 */
function faultsOf(file, lines) {
  const faults = [];
  const first = lines[0].startsWith('#!') ? 1 : 0;
  if (!/^\/\/ \S/.test(lines[first]))
    faults.push(`${file}:${first + 1}: opens without a comment line that says what it is`);
  const length = lines.length - 1;
  if (length > maximumLines && !longFiles.has(file)) {
    faults.push(
      `${file}: ${length} lines; past ${wantedLines} it is usually two files (tools/check-files.mjs lists exceptions)`,
    );
  } else if (length > wantedLines) {
    console.warn(`${file}: ${length} lines, ${wantedLines} are wanted`);
  }
  lines.forEach((line, index) => {
    const word = unwanted.exec(line)?.[0];
    if (word !== undefined) faults.push(`${file}:${index + 1}: ${word}: do it, or file an issue`);
  });
  return faults;
}
