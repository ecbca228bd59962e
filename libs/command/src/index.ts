// A process started from a command line: its arguments parsed, its errors as one line and an exit status.

export { connectAddress, listenAddress } from './address.ts';
export { coloursFor } from './colours.ts';
export { CommandFault, describeError, usageStatus } from './faults.ts';
export { httpOption } from './http-option.ts';
export { mostThreads, wholeNumber } from './numbers.ts';
export { printFault, runCommand } from './run.ts';
export { tlsOption } from './tls-option.ts';
