// `rondo top`: a cluster live in a terminal; elsewhere as it is now, once.

import { Command } from 'commander';
import { type ConnectionOptions, withCoordinator } from '../cluster/coordinator-client.ts';
import { printLine } from '../terminal/output.ts';
import { catchSignals, signalStatus } from '../terminal/signals.ts';
import { lookOnce, Observer } from '../top/observe.ts';
import { render } from '../top/render.ts';
import { Screen } from '../top/screen.ts';
import { withConnection } from './options.ts';

export function topCommand(): Command {
  return withConnection(new Command('top'))
    .description('watch a cluster live: runs, loss, phases of the steps, workers; q ends it')
    .action(async (connection: ConnectionOptions) => {
      if (process.stdout.isTTY) await show(connection);
      else await print(connection);
    });
}

const clock = () => new Date().toLocaleTimeString('en-GB');

async function print(connection: ConnectionOptions): Promise<void> {
  const view = await withCoordinator(connection, lookOnce);
  const everything = { columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
  for (const { text } of render(view, clock(), everything)) printLine(text);
}

async function show(connection: ConnectionOptions): Promise<void> {
  const ending = new AbortController();
  const signals = catchSignals(() => process.exit(1));
  void signals.first.then((signal) => {
    process.exitCode = signalStatus(signal);
    ending.abort();
  });
  await withCoordinator(connection, async (client) => {
    const draw = () => screen.draw(render(observer.view, clock(), screen.extent));
    const observer = new Observer(client, ending.signal, draw);
    const screen = new Screen(process.stdin, process.stdout, { left: () => ending.abort(), resized: draw });
    try {
      await observer.run();
    } finally {
      screen.close();
      signals.release();
    }
  });
}
