// Command lines to show a person: what can be pasted into a shell.

/** The words of a command line, quoted where a shell needs it. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

export interface TrainOptions {
  readonly workers: number;
  readonly threads?: number;
  readonly engine?: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly resume?: true;
  readonly json?: true;
}

/** What goes on with a run that `rondo train` began. */
export function resumeLine(spec: string, folder: string, { workers, threads, engine, set }: TrainOptions): string {
  return shellLine([
    ...['npx', 'rondo', 'train', spec, '--out', folder, '--resume', '--workers', String(workers)],
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(engine === undefined ? [] : ['--engine', engine]),
    ...set.flatMap((override) => ['--set', override]),
  ]);
}
