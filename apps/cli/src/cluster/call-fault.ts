// What a failed call to a coordinator means to a person.

import { type ServiceError, status } from '@grpc/grpc-js';
import { CommandFault } from '@rondo/command';
import { connectionReason } from '@rondo/protocol';

/** A call to a coordinator that failed, or broke off. */
export class CallFault extends CommandFault {
  override readonly name: string = 'CallFault';
}

/** The coordinator cannot be reached, or went away: it may come back. */
export class ConnectionLost extends CallFault {
  override readonly name = 'ConnectionLost';
}

/** This side read more slowly than the run goes; what it did not read can be asked for again. */
export class FellBehind extends CallFault {
  override readonly name = 'FellBehind';
}

/** Of a call to a coordinator. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'details' in error && 'code' in error && typeof error.code === 'number';
}

/** What a failed call to the coordinator at an address means to a person. @param tls whether it was made over TLS. */
export function callFault(error: ServiceError, address: string, tls: boolean): CallFault {
  switch (error.code) {
    case status.UNAVAILABLE:
      return new ConnectionLost(
        `no coordinator at ${address}: is it running? (${connectionReason(error.details, tls)})`,
      );
    case status.DEADLINE_EXCEEDED:
      return new ConnectionLost(`the coordinator at ${address} does not answer: ${error.details}`);
    // This side cancels only what it no longer listens to.
    case status.CANCELLED:
      return new ConnectionLost(`the coordinator at ${address} broke off: ${error.details}`);
    case status.UNIMPLEMENTED:
      return new CallFault(`what listens at ${address} is no coordinator of this version: ${error.details}`);
    default:
      return new CallFault(error.details);
  }
}
