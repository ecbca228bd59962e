// What host:port says.

import { isIPv4 } from 'node:net';

/** Without the brackets of an IPv6 address. */
export const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');

/** Whether nobody but this machine's own processes can reach what listens there. */
export function isLoopback(address: string): boolean {
  const host = hostOf(address);
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
