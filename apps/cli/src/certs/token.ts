// Bearer tokens: signed with the authority's key, so that whoever has its certificate can check them.

import { createPrivateKey } from 'node:crypto';
import { type Role, tokenAudience } from '@rondo/protocol';
import { SignJWT } from 'jose';
import type { Issued } from './authority.ts';

/** @returns a JSON Web Token. */
export function signToken(authority: Issued, { name, role, days }: { name: string; role: Role; days: number }) {
  const key = createPrivateKey(authority.key);
  return new SignJWT({ role })
    .setProtectedHeader({ alg: key.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256' })
    .setSubject(name)
    .setAudience(tokenAudience)
    .setIssuedAt()
    .setExpirationTime(`${days} days`)
    .sign(key);
}
