// A private authority: makes its own certificate, and those of coordinators, workers and people.

import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { organizationOf, type Role } from '@rondo/protocol';

cryptoProvider.set(webcrypto as never);

type KeyPair = webcrypto.CryptoKeyPair;

export const keyKinds = ['p256', 'ed25519'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** PEM, as files hold them. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is to say. */
export interface Subject {
  readonly name: string;
  /** undefined: it is the coordinator's own. */
  readonly role?: Role;
  /** Names and addresses under which a server is reached. */
  readonly hosts?: readonly string[];
  readonly days: number;
}

const algorithms = {
  p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  ed25519: { name: 'Ed25519' },
} as const satisfies Record<KeyKind, object>;

const dayMs = 86_400_000;
/** Clocks of a cluster differ. */
const earlierMs = 300_000;

export async function createAuthority(kind: KeyKind, days: number): Promise<Issued> {
  const keys = await newKeys(kind);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // With a name of its own: who is shown another's certificate is told that it does not know the authority.
    name: `CN=Rondo authority ${randomBytes(4).toString('hex')}`,
    ...validity(days),
    signingAlgorithm: algorithms[kind],
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  return written(certificate, keys);
}

/** A certificate that the authority vouches for, with a key of the authority's kind. @throws Error for what is no authority. */
export async function issue(authority: Issued, { name, role, hosts = [], days }: Subject): Promise<Issued> {
  const issuer = new X509Certificate(authority.certificate);
  const kind = kindOf(issuer);
  const keys = await newKeys(kind);
  const isServer = role === undefined;
  const uses: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([isServer ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
  ];
  const alternatives = hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }));
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }, ...(role === undefined ? [] : [{ O: [organizationOf(role)] }])],
    issuer: issuer.subject,
    ...validity(days),
    signingAlgorithm: algorithms[kind],
    publicKey: keys.publicKey,
    signingKey: await privateKeyOf(authority, kind),
    extensions: alternatives.length > 0 ? [...uses, new SubjectAlternativeNameExtension(alternatives)] : uses,
  });
  return written(certificate, keys);
}

function validity(days: number) {
  const now = Date.now();
  return { notBefore: new Date(now - earlierMs), notAfter: new Date(now + days * dayMs) };
}

const newKeys = (kind: KeyKind): Promise<KeyPair> =>
  webcrypto.subtle.generateKey(algorithms[kind], true, ['sign', 'verify']) as Promise<KeyPair>;

function privateKeyOf({ key }: Issued, kind: KeyKind): Promise<webcrypto.CryptoKey> {
  const [bytes] = PemConverter.decode(key);
  return webcrypto.subtle.importKey('pkcs8', bytes, algorithms[kind], false, ['sign']);
}

function kindOf({ publicKey }: X509Certificate): KeyKind {
  const { name } = publicKey.algorithm;
  return name === 'Ed25519' ? 'ed25519' : 'p256';
}

async function written(certificate: X509Certificate, { privateKey }: KeyPair): Promise<Issued> {
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
  return { certificate: `${certificate.toString('pem')}\n`, key: `${key}\n` };
}
