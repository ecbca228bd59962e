// Runs a command line to its end: the one place where errors become a line and an exit status.

import type { Command } from 'commander';
import { coloursFor } from './colours.ts';
import { describeError } from './faults.ts';

export function printFault(text: string): void {
  process.stderr.write(`${coloursFor(process.stderr).red('rondo:')} ${text}\n`);
}

/** Parses this process's arguments and does what they ask for. Sets the exit status; never rejects. */
export async function runCommand(program: Command, subcommands: readonly Command[] = []): Promise<void> {
  program.exitOverride().showHelpAfterError('(--help says more)');
  for (const command of subcommands) program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync();
  } catch (error) {
    const { text, status } = describeError(error);
    if (text !== '') printFault(text);
    process.exitCode = status;
  }
}
