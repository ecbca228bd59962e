// `rondo init`: writes a spec to begin with, each field explained.

import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { CommandFault, usageStatus } from '@rondo/command';
import { Command } from 'commander';
import { firstSpec } from '../first-spec.ts';
import { printLine } from '../terminal/output.ts';

export function initCommand(): Command {
  return new Command('init')
    .description('write a spec to begin with, each field explained in a line')
    .argument('[file]', 'where to write it', 'spec.yaml')
    .option('--force', 'write over a file that is there', false)
    .action(init);
}

async function init(file: string, { force }: { force: boolean }): Promise<void> {
  try {
    await writeFile(file, firstSpec(nameFrom(file)), { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already; choose another name, or --force to write over it' : message;
    throw new CommandFault(`${file}: ${why}`, usageStatus);
  }
  printLine(`wrote ${file}; it trains on the files *.txt beside it: change data.text, then rondo train ${file}`);
}

/** A run's name from a file's. */
function nameFrom(file: string): string {
  const name = basename(file)
    .replace(/\.ya?ml$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return name === '' || name === 'spec' ? 'my-model' : name;
}
