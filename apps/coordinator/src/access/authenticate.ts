// Who a caller is: by its certificate, or by a token that the same authority has signed.

import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { organizationOf, type Role, roles } from '@rondo/protocol';
import type { Caller } from './roles.ts';
import type { TokenReader } from './tokens.ts';

/** What the connection tells of its other end. */
export type AuthContext = ReturnType<ServerInterceptingCallInterface['getAuthContext']>;

/** The caller, or why it is nobody that the coordinator knows. */
export type Verdict = { readonly caller: Caller } | { readonly fault: string };

/** @param authorization the header of that name. */
export async function authenticate(
  { sslPeerCertificate }: AuthContext,
  authorization: string | undefined,
  tokens: TokenReader,
): Promise<Verdict> {
  if (authorization !== undefined) return tokens.read(authorization);
  if (sslPeerCertificate === undefined) {
    return { fault: 'no certificate that this authority vouches for, and no token: give --tls DIR or --token-file F' };
  }
  const { CN, O } = sslPeerCertificate.subject as { CN?: string | string[]; O?: string | string[] };
  const role = roleIn(O);
  if (typeof CN !== 'string' || role === undefined) {
    return { fault: `the certificate names no role (O=rondo:...): \`rondo certs\` makes certificates that do` };
  }
  return { caller: { name: CN, role } };
}

function roleIn(organizations: string | readonly string[] | undefined): Role | undefined {
  const named = [organizations ?? []].flat().flatMap((one) => roles.filter((role) => one === organizationOf(role)));
  return named.length === 1 ? named[0] : undefined;
}
