// The command `rondo`: every subcommand.

import { runCommand } from '@rondo/command';
import { Command } from 'commander';
import { version } from './version.ts';

/** A command's code is loaded when it is asked for: a worker needs no certificates, `rondo status` no engine. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).initCommand(),
  schema: async () => (await import('./commands/schema.ts')).schemaCommand(),
  train: async () => (await import('./commands/train.ts')).trainCommand(),
  generate: async () => (await import('./commands/generate.ts')).generateCommand(),
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand(),
  export: async () => (await import('./commands/export.ts')).exportCommand(),
  predict: async () => (await import('./commands/predict.ts')).predictCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  coordinator: async () => (await import('@rondo/coordinator')).coordinatorCommand(),
  worker: async () => (await import('@rondo/worker')).workerCommand(),
  certs: async () => (await import('./commands/certs.ts')).certsCommand(),
  submit: async () => (await import('./commands/submit.ts')).submitCommand(),
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  top: async () => (await import('./commands/top.ts')).topCommand(),
  logs: async () => (await import('./commands/logs.ts')).logsCommand(),
  fetch: async () => (await import('./commands/fetch.ts')).fetchCommand(),
  pause: async () => (await import('./commands/control.ts')).pauseCommand(),
  resume: async () => (await import('./commands/control.ts')).resumeCommand(),
  cancel: async () => (await import('./commands/control.ts')).cancelCommand(),
};

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
const named = process.argv[2] ?? '';
const others = ['-V', '--version'].includes(named) ? [] : Object.keys(commands);
const asked = Object.hasOwn(commands, named) ? [named] : others;
await runCommand(program, await Promise.all(asked.map((name) => commands[name]())));
