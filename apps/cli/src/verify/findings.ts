// What is wrong with a run's folder, file by file.

import { relative } from 'node:path';
import { RunFault } from '@rondo/storage';
import { formatCount } from '../terminal/format.ts';

export interface Finding {
  /** Relative to the run's folder. */
  readonly file: string;
  /** From 1; absent where the whole file is meant. */
  readonly line?: number | undefined;
  readonly what: string;
}

/** @param file inside the run's folder. */
export type Report = (file: string, what: string, line?: number) => void;

/** A report that collects. */
export function collectInto(findings: Finding[], folder: string): Report {
  return (file, what, line) => findings.push({ file: relative(folder, file), line, what });
}

/** What `read` gives; undefined, and reported, where the file is not there or is not what it should be. */
export async function orReport<T>(report: Report, file: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RunFault)) throw error;
    const what = error.code === 'run-missing' ? 'is not there' : error.message.replace(`${file}: `, '');
    report(file, what);
    return undefined;
  }
}

/** A log that lost its place differs in every line. */
const shownOfFile = 20;

/** `ledger.jsonl:7: …`, a line each. */
export function formatFindings(findings: readonly Finding[]): string[] {
  const files = [...new Set(findings.map(({ file }) => file))];
  return files.flatMap((file) => {
    const ofFile = findings.filter((finding) => finding.file === file);
    const lines = ofFile
      .slice(0, shownOfFile)
      .map(({ line, what }) => `${file}${line === undefined ? '' : `:${line}`}: ${what}`);
    const more = ofFile.length - lines.length;
    return more > 0 ? [...lines, `${file}: and ${formatCount(more)} more`] : lines;
  });
}
