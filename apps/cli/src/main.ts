// The command `rondo`: every subcommand.

import { runCommand } from '@rondo/command';
import { coordinatorCommand } from '@rondo/coordinator';
import { workerCommand } from '@rondo/worker';
import { Command } from 'commander';
import { certsCommand } from './commands/certs.ts';
import { cancelCommand, pauseCommand, resumeCommand } from './commands/control.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { fetchCommand } from './commands/fetch.ts';
import { generateCommand } from './commands/generate.ts';
import { initCommand } from './commands/init.ts';
import { jobsCommand } from './commands/jobs.ts';
import { logsCommand } from './commands/logs.ts';
import { schemaCommand } from './commands/schema.ts';
import { statusCommand } from './commands/status.ts';
import { submitCommand } from './commands/submit.ts';
import { topCommand } from './commands/top.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';
import { version } from './version.ts';

const commands = [
  initCommand(),
  schemaCommand(),
  trainCommand(),
  generateCommand(),
  evaluateCommand(),
  verifyCommand(),
  doctorCommand(),
  coordinatorCommand(),
  workerCommand(),
  certsCommand(),
  submitCommand(),
  jobsCommand(),
  statusCommand(),
  topCommand(),
  logsCommand(),
  fetchCommand(),
  pauseCommand(),
  resumeCommand(),
  cancelCommand(),
];

// Whoever read our output has gone, as `head` does once it has enough: there is nobody left to work for. What was to be
// done besides telling is not done then.
const tellsAlone = !['train', 'submit', 'coordinator', 'worker'].includes(process.argv[2]);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(tellsAlone ? 0 : 1);
});

const program = new Command('rondo')
  .description('Trains recurrent networks on the machines you have.')
  .version(version);
await runCommand(program, commands);
