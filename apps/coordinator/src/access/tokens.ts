// Bearer tokens: JSON Web Tokens that the authority of ca.crt has signed, so that a coordinator needs no list of them.

import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { roles, tokenAudience } from '@rondo/protocol';
import { errors, jwtVerify } from 'jose';
import type { Verdict } from './authenticate.ts';

/** With which keys of an authority, P-256 or Ed25519. */
const algorithms = ['ES256', 'EdDSA', 'Ed25519'];

export interface TokenReader {
  /** @param authorization as in `Bearer eyJ...`. */
  read(authorization: string): Promise<Verdict>;
}

/** @param folder with ca.crt, which is read at every use: an authority may be renewed. */
export function tokensOf(folder: string): TokenReader {
  return {
    async read(authorization) {
      const token = /^Bearer ([\w.-]+)$/i.exec(authorization)?.[1];
      if (token === undefined) return { fault: 'the authorization is no bearer token' };
      for (const { publicKey } of await authoritiesIn(folder)) {
        const verdict = await verify(token, publicKey);
        if (verdict !== undefined) return verdict;
      }
      return { fault: 'the token is not one that this authority has signed' };
    },
  };
}

/** While an authority is renewed there are two. */
async function authoritiesIn(folder: string): Promise<X509Certificate[]> {
  const text = await readFile(join(folder, 'ca.crt'), 'utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** @returns undefined: another authority may have signed it. */
async function verify(token: string, key: KeyObject): Promise<Verdict | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms,
      audience: tokenAudience,
      requiredClaims: ['sub', 'exp', 'role'],
    });
    const role = roles.find((one) => one === payload.role);
    if (role === undefined || role === 'worker') return { fault: 'the token names no role of a person' };
    return { caller: { name: payload.sub as string, role } };
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      return { fault: 'the token has expired: `rondo certs token` makes another' };
    // A key of another kind than the token's is a TypeError.
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}
