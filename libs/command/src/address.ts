// host:port on a command line.

import { InvalidArgumentError } from 'commander';

/** Of a coordinator to connect to. @throws InvalidArgumentError, which is bad usage. */
export function connectAddress(text: string): string {
  return expectAddress(text, 1, 'host:port, such as 10.0.0.5:7070');
}

/** To listen on; port 0 takes a free one. @throws InvalidArgumentError, which is bad usage. */
export function listenAddress(text: string): string {
  return expectAddress(text, 0, 'host:port, such as 0.0.0.0:7070');
}

function expectAddress(text: string, leastPort: number, expected: string): string {
  // An IPv6 address stands in brackets: its own colons would be taken for the port's.
  const [, port] = /^(?:[^\s:[\]/]+|\[[\da-fA-F:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (port !== undefined && Number(port) >= leastPort && Number(port) <= 65_535) return text;
  throw new InvalidArgumentError(`Expected ${expected}.`);
}
