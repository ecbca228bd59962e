// A spec from a file: read within its limit, parsed with overrides, faults printed with their lines.

import { open } from 'node:fs/promises';
import { CommandFault, usageStatus } from '@rondo/command';
import { type Fault, formatFault, maxSpecBytes, parseJob, type TrainingJob } from '@rondo/spec';

/** @throws CommandFault when the file is not there, no file, or larger than any spec. */
export async function readSpecText(file: string): Promise<string> {
  const refuse = (what: string) => new CommandFault(`${file}: ${what}`, usageStatus);
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw refuse(
      error.code === 'ENOENT' ? 'there is no such file; name a spec, such as examples/char-lm.yaml' : error.message,
    );
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuse('is no file; name a spec, such as examples/char-lm.yaml');
    if (stats.size > maxSpecBytes) {
      throw refuse(`has ${stats.size} bytes, a spec at most ${maxSpecBytes}; it names its data, it does not hold it`);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

export interface Overrides {
  /** `a.b=value` of every --set. */
  readonly set: readonly string[];
  /** Of --engine; wins. */
  readonly engine?: string | undefined;
}

/** A checked job, and how to report a fault of one of its fields that turns up later. */
export interface SpecFile {
  readonly job: TrainingJob;
  /** @returns the line that tells of it. */
  readonly faultAt: (path: string, message: string) => string;
}

/** @throws CommandFault after all faults were printed. */
export async function readSpec(file: string, { set, engine }: Overrides): Promise<SpecFile> {
  const ofEngine = engine === undefined ? [] : [`engine=${engine}`];
  // A fault names the option that was given.
  const lineOf = (fault: Fault) =>
    fault.override !== undefined && ofEngine.includes(fault.override)
      ? `--engine ${engine}: ${fault.message}`
      : formatFault(fault);
  const result = parseJob(await readSpecText(file), { file, overrides: [...set, ...ofEngine] });
  if ('faults' in result) throw refuseSpec(result.faults.map(lineOf));
  return { job: result.job, faultAt: (path, message) => lineOf(result.faultAt(path, message)) };
}

/** Prints the faults of a spec, a line each. @returns what ends the command. */
export function refuseSpec(lines: readonly string[]): CommandFault {
  for (const line of lines) process.stderr.write(`${line}\n`);
  return new CommandFault('', usageStatus);
}
