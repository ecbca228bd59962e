// Why a connection to a coordinator failed, for people: grpc-js tells it in words of its own around the system's.

/**
 * @param details of a call that ended with UNAVAILABLE. @param tls whether this side speaks TLS.
 * @returns what is wrong, and what to do where that is known.
 */
export function connectionReason(details: string, tls: boolean): string {
  const reason = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)\. Resolution note:/.exec(details)?.[1] ?? details;
  if (/altnames/.test(reason)) {
    return `${reason}; reach it by one of those names, or make its certificate with \`rondo certs init --host NAME\``;
  }
  if (/self-signed certificate|unable to (?:verify|get)/.test(reason)) {
    return `its certificate is not of the authority in ca.crt: ${reason}`;
  }
  // All that is left of a connection that ends before a word was said.
  if (/^Failed to connect|^Connection dropped/.test(reason)) {
    return tls
      ? 'the connection ended at once; does it speak TLS?'
      : 'the connection ended at once; if it speaks TLS, give --tls DIR';
  }
  return reason;
}
