// `rondo fetch`: a run's folder from its coordinator, whole and checked, or not at all.

import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CommandFault, usageStatus } from '@rondo/command';
import { makeFolder } from '@rondo/storage';
import { Command } from 'commander';
import { type ConnectionOptions, type CoordinatorClient, withCoordinator } from '../cluster/coordinator-client.ts';
import { type FetchedFile, FileReceiver, isSafePath } from '../cluster/fetched-files.ts';
import { formatCount } from '../terminal/format.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { folderName, jsonOption, withConnection } from './options.ts';

interface FetchOptions extends ConnectionOptions {
  readonly out?: string;
  readonly json?: true;
}

export function fetchCommand(): Command {
  return withConnection(new Command('fetch'))
    .description("copy a run's folder here: spec, metrics, ledger, newest and best checkpoint")
    .argument('<run>', "the run's name")
    .option('--out <dir>', "where to; default: the run's name, in the current folder", folderName)
    .addOption(jsonOption())
    .action(fetchRun);
}

async function fetchRun(run: string, { out = run, json, ...connection }: FetchOptions): Promise<void> {
  if (out === run && !isSafePath(run))
    throw new CommandFault(`${run} is no run's name; name a folder: --out`, usageStatus);
  const folder = resolve(out);
  await expectFree(folder, out);
  const files = await withCoordinator(connection, (client) => fetchInto(client, run, folder));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (json) return printJson({ run, folder, files, bytes });
  printLine(`${out}: ${files.length} files, ${formatCount(bytes)} bytes, all checksums agree`);
}

async function expectFree(folder: string, out: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error.code === 'ENOTDIR'
      ? new CommandFault(`${out}: is no folder; choose another: --out`, usageStatus)
      : error;
  });
  if (names.length > 0) throw new CommandFault(`${out}: is not empty; choose another folder: --out`, usageStatus);
}

/** Writes beside the folder and renames at the end. */
async function fetchInto(client: CoordinatorClient, run: string, folder: string): Promise<readonly FetchedFile[]> {
  const temporary = join(dirname(folder), `.${basename(folder)}-fetch-${process.pid}`);
  await makeFolder(dirname(folder));
  await mkdir(temporary);
  const receiver = new FileReceiver(temporary);
  try {
    for await (const chunk of client.fetch(run)) await receiver.receive(chunk);
    const files = receiver.finish();
    await rename(temporary, folder);
    return files;
  } finally {
    await receiver.close();
    await rm(temporary, { recursive: true, force: true });
  }
}
