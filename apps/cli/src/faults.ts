// What goes wrong in a command: one line for people and an exit status.

import { type ServiceError, status } from '@grpc/grpc-js';
import { DataFault } from '@rondo/data';
import { ProtocolFault } from '@rondo/protocol';
import { RunFault } from '@rondo/storage';
import { CommanderError } from 'commander';

/** Bad usage or a bad spec. */
export const usageStatus = 2;

/** An operating fault of a command: the message says what is wrong and what to do; empty when that was said already. */
export class CliFault extends Error {
  override readonly name = 'CliFault';
  /** The process's exit status. */
  readonly status: number;

  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

/** A call to a coordinator that failed, or broke off. */
export class CallFault extends CliFault {}

/** What to print for an error, and the exit status. A bug shows its stack. */
export function describeError(error: unknown): { readonly text: string; readonly status: number } {
  // Commander has printed its message or the help.
  if (error instanceof CommanderError) return { text: '', status: error.exitCode === 0 ? 0 : usageStatus };
  if (error instanceof CliFault) return { text: error.message, status: error.status };
  if (error instanceof RunFault) {
    return { text: error.message, status: error.code === 'run-not-empty' ? usageStatus : 1 };
  }
  if (error instanceof DataFault || error instanceof ProtocolFault) return { text: error.message, status: 1 };
  if (isServiceError(error)) return { text: `the coordinator answered: ${error.details}`, status: 1 };
  if (isSystemError(error)) return { text: error.message, status: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), status: 1 };
}

/** Of a call to a coordinator. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'code' in error && typeof error.code === 'number';
}

/** What a failed call to the coordinator at an address means to a person. */
export function callFault(error: ServiceError, address: string): CallFault {
  switch (error.code) {
    case status.UNAVAILABLE:
      return new CallFault(`no coordinator at ${address}: is it running? (${connectionError(error)})`);
    case status.DEADLINE_EXCEEDED:
      return new CallFault(`the coordinator at ${address} does not answer: ${error.details}`);
    case status.UNIMPLEMENTED:
      return new CallFault(`what listens at ${address} is no coordinator of this version: ${error.details}`);
    default:
      return new CallFault(error.details);
  }
}

/** What the system said, without grpc-js's words around it. */
function connectionError({ details }: ServiceError): string {
  return /Last error: (?:Error: )?(.*?)\. Resolution note:/.exec(details)?.[1] ?? details;
}

/** A file or socket that the system refuses: its message names the call, the path and the reason. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
