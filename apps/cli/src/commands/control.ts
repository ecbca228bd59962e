// `rondo pause`, `rondo resume`, `rondo cancel`: steer a run of a coordinator.

import { Command } from 'commander';
import { type ConnectionOptions, withCoordinator } from '../cluster/coordinator-client.ts';
import { phaseText, viewOf } from '../runs/run-view.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { jsonOption, withConnection } from './options.ts';

export function pauseCommand(): Command {
  return controlCommand('pause', 'ACTION_PAUSE', 'write a checkpoint and let a run rest; the next in the queue trains');
}

export function resumeCommand(): Command {
  return controlCommand('resume', 'ACTION_RESUME', 'go on with a paused run');
}

export function cancelCommand(): Command {
  return controlCommand('cancel', 'ACTION_CANCEL', 'end a run for good; its folder stays');
}

type Action = 'ACTION_PAUSE' | 'ACTION_RESUME' | 'ACTION_CANCEL';

function controlCommand(name: string, action: Action, description: string): Command {
  return withConnection(new Command(name))
    .description(description)
    .argument('<run>', "the run's name")
    .addOption(jsonOption())
    .action(async (run: string, { json, ...connection }: ConnectionOptions & { json?: true }) => {
      const view = viewOf(await withCoordinator(connection, (client) => client.control(run, action)));
      if (json) printJson(view);
      else printLine(`${view.name}: ${phaseText(view)}`);
    });
}
