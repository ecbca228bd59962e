// `rondo logs`: the log lines of a run, from its coordinator or its folder; JSON, readable on a terminal.

import { setTimeout as sleep } from 'node:timers/promises';
import { lineFormatter } from '@rondo/logging';
import { isOver, readRunDocument } from '@rondo/storage';
import { Command } from 'commander';
import { withCoordinator } from '../cluster/coordinator-client.ts';
import { logsPastRestarts } from '../cluster/follow-past-restarts.ts';
import { FolderLog } from '../runs/folder-log.ts';
import { placeOfRun } from '../runs/run-argument.ts';
import { printLine } from '../terminal/output.ts';
import { coordinatorOption, withConnection } from './options.ts';

/** How often a folder is looked at for new lines. */
const pollMs = 500;

export function logsCommand(): Command {
  return withConnection(new Command('logs'), coordinatorOption())
    .description('the log lines of a run: JSON, or readable on a terminal')
    .argument('<run>', "a run's folder, or its name where a coordinator is named")
    .option('-f, --follow', 'go on with new lines until the run ends')
    .option('--json', 'JSON lines on a terminal too')
    .action(async (run: string, { follow, json }: { follow?: true; json?: true }, command: Command) => {
      const print = linePrinter(json === true);
      const place = placeOfRun(run, command);
      if (place.kind === 'folder') return printFolder(place.folder, follow === true, print);
      await withCoordinator(place.connection, async (client) => {
        const note = (text: string) => process.stderr.write(`${text}\n`);
        if (follow) for await (const line of logsPastRestarts(client, place.run, note)) print(line);
        else for await (const { line } of client.logs(place.run, false)) print(line);
      });
    });
}

function linePrinter(json: boolean): (line: string) => void {
  if (json || !process.stdout.isTTY) return printLine;
  const format = lineFormatter(!process.env.NO_COLOR);
  return (line) => printLine(format(line).trimEnd());
}

async function printFolder(folder: string, follow: boolean, print: (line: string) => void): Promise<void> {
  const log = new FolderLog(folder);
  for (;;) {
    const { phase } = await readRunDocument(folder);
    for (const line of log.readNew()) print(line);
    if (!follow || isOver(phase)) return;
    await sleep(pollMs);
  }
}
