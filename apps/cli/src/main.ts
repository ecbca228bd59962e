// The command `rondo`: every subcommand, and one place where errors become a line and an exit status.

import { coordinatorCommand } from '@rondo/coordinator';
import { workerCommand } from '@rondo/worker';
import { Command } from 'commander';
import { cancelCommand, pauseCommand, resumeCommand } from './commands/control.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { fetchCommand } from './commands/fetch.ts';
import { generateCommand } from './commands/generate.ts';
import { jobsCommand } from './commands/jobs.ts';
import { logsCommand } from './commands/logs.ts';
import { statusCommand } from './commands/status.ts';
import { submitCommand } from './commands/submit.ts';
import { trainCommand } from './commands/train.ts';
import { describeError } from './faults.ts';
import { printFault } from './terminal/output.ts';
import { version } from './version.ts';

const commands = [
  trainCommand(),
  generateCommand(),
  evaluateCommand(),
  doctorCommand(),
  coordinatorCommand(),
  workerCommand(),
  submitCommand(),
  jobsCommand(),
  statusCommand(),
  logsCommand(),
  fetchCommand(),
  pauseCommand(),
  resumeCommand(),
  cancelCommand(),
];

const program = new Command('rondo')
  .description('Trains recurrent networks on the machines you have.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(--help says more)');
for (const command of commands) program.addCommand(command.copyInheritedSettings(program));

// Whoever read our output has gone, as `head` does: there is nobody left to work for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(1);
});

try {
  await program.parseAsync();
} catch (error) {
  const { text, status } = describeError(error);
  if (text !== '') printFault(text);
  process.exitCode = status;
}
