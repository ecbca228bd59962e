// What goes wrong in a command: one line for people and an exit status.

import { CommanderError } from 'commander';

/** Bad usage or a bad spec. */
export const usageStatus = 2;

/** An operating fault of a command: the message says what is wrong and what to do; empty when that was said already. */
export class CommandFault extends Error {
  override readonly name: string = 'CommandFault';
  /** The process's exit status. */
  readonly status: number;

  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** What to print for an error, and the exit status. A bug shows its stack. */
export function describeError(error: unknown): { readonly text: string; readonly status: number } {
  // Commander has printed its message or the help.
  if (error instanceof CommanderError) return { text: '', status: error.exitCode === 0 ? 0 : usageStatus };
  if (error instanceof CommandFault) return { text: error.message, status: error.status };
  if (isOperatingFault(error)) return { text: error.message, status: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), status: 1 };
}

/**
 * Operating faults have a stable code, a word: this project's (RunFault, DataFault, ProtocolFault) and the system's
 * (ENOENT, EADDRINUSE), whose messages name the call, the path and the reason. Node's own ERR_* are bugs.
 */
function isOperatingFault(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_');
}
