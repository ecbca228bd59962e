// Mutual TLS from a folder with ca.crt, tls.crt and tls.key, as a Kubernetes TLS Secret has them.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { checkServerIdentity, type SecureContextOptions } from 'node:tls';
import {
  CallCredentials,
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  ServerCredentials,
} from '@grpc/grpc-js';
import { hostOf } from './address.ts';
import { channelOptions } from './channel.ts';
import { ProtocolFault } from './fault.ts';

/** What a folder of certificates holds, in PEM. */
interface Material {
  /** Authorities whose certificates are taken. */
  readonly ca: Buffer;
  readonly identity: Identity | undefined;
}

interface Identity {
  /** The own certificate, with those between it and the authority. */
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** How often a server looks for new certificates. */
const lookEveryMs = 2000;
/** For a peer that begins a TLS handshake and does not finish it. */
const handshakeTimeoutMs = 10_000;

/** How a client proves who it is; without a folder it says everything in plain text. */
export interface ClientIdentity {
  /** Folder with ca.crt, and with tls.crt and tls.key unless a token stands for them. */
  readonly tls?: string | undefined;
  /** File with a bearer token, which is read again for every call. */
  readonly tokenFile?: string | undefined;
}

/**
 * Credentials and options for a client of the coordinator at `address`, as in `new JobService(address, ...clientChannel(address,
 * identity))`. Reads the files anew, so that who connects again does so with the newest certificates.
 * @throws ProtocolFault `bad-tls`, `bad-token`.
 */
export function clientChannel(address: string, identity: ClientIdentity = {}): [ChannelCredentials, ChannelOptions] {
  const credentials = clientCredentials(address, identity);
  const host = hostOf(address);
  // Node warns of a server name that is an address; grpc-js takes it for one. What is checked is still the address.
  const named = identity.tls !== undefined && isIP(host) ? { 'grpc.ssl_target_name_override': 'coordinator' } : {};
  return [credentials, { ...channelOptions, ...named }];
}

function clientCredentials(address: string, { tls, tokenFile }: ClientIdentity): ChannelCredentials {
  if (tls === undefined) {
    if (tokenFile === undefined) return credentials.createInsecure();
    throw new ProtocolFault('bad-token', `${tokenFile}: a token is sent over TLS alone: give --tls too`);
  }
  const { ca, identity } = readMaterial(tls);
  if (identity === undefined && tokenFile === undefined) {
    const path = join(tls, 'tls.crt');
    throw new ProtocolFault('bad-tls', `${path} is missing: \`rondo certs client\` makes one, or give --token-file`);
  }
  const channel = credentials.createSsl(ca, identity?.key ?? null, identity?.cert ?? null, {
    checkServerIdentity: (_, certificate) => checkServerIdentity(hostOf(address), certificate),
  });
  if (tokenFile === undefined) return channel;
  readToken(tokenFile);
  return credentials.combineChannelCredentials(channel, tokenOf(tokenFile));
}

function tokenOf(file: string): CallCredentials {
  return CallCredentials.createFromMetadataGenerator((_, callback) => {
    try {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${readToken(file)}`);
      callback(null, metadata);
    } catch (error) {
      callback(error as Error);
    }
  });
}

/** Larger than any token. */
const maxTokenLength = 8192;

function readToken(file: string): string {
  const token = read(file, 'bad-token').toString('utf8').trim();
  if (/^[\w.~+/=-]+$/.test(token) && token.length <= maxTokenLength) return token;
  // What the file holds may be a secret: it is not shown.
  throw new ProtocolFault('bad-token', `${file}: holds no token; \`rondo certs token\` makes one`);
}

export interface ServerTlsEvents {
  /** New certificates are in use. */
  renewed(): void;
  /** The folder's new content cannot be used: what was read before goes on. */
  failed(reason: string): void;
}

/**
 * A server that asks for certificates. Who shows none, or one that no authority of the folder vouches for, gets through
 * the handshake and has no `getAuthContext().sslPeerCertificate`: what such a caller may do is the service's business.
 * New files in the folder are taken up by themselves, by new connections.
 * @throws ProtocolFault `bad-tls`.
 */
export function serverCredentials(folder: string, events: ServerTlsEvents): ServerCredentials {
  return new FolderCredentials(folder, events);
}

class FolderCredentials extends ServerCredentials {
  readonly #folder: string;
  readonly #events: ServerTlsEvents;
  #inUse: string;
  #told = '';

  constructor(folder: string, events: ServerTlsEvents) {
    const material = readServerMaterial(folder);
    super({ requestCert: true, rejectUnauthorized: false, handshakeTimeout: handshakeTimeoutMs }, contextOf(material));
    this.#folder = folder;
    this.#events = events;
    this.#inUse = fingerprintOf(material);
    setInterval(() => this.#look(), lookEveryMs).unref();
  }

  _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  /** A folder may be read amid a change of it: then the files do not fit, and it is read again. */
  #look(): void {
    try {
      const material = readServerMaterial(this.#folder);
      const fingerprint = fingerprintOf(material);
      if (fingerprint === this.#inUse) return;
      this.updateSecureContextOptions(contextOf(material));
      this.#inUse = fingerprint;
      this.#told = '';
      this.#events.renewed();
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== this.#told) this.#events.failed(reason);
      this.#told = reason;
    }
  }
}

type ServerMaterial = Material & { readonly identity: Identity };

function readServerMaterial(folder: string): ServerMaterial {
  const { ca, identity } = readMaterial(folder);
  if (identity !== undefined) return { ca, identity };
  throw new ProtocolFault('bad-tls', `${join(folder, 'tls.crt')} is missing: \`rondo certs init\` makes one`);
}

const contextOf = ({ ca, identity: { cert, key } }: ServerMaterial): SecureContextOptions => ({
  minVersion: 'TLSv1.3',
  ca,
  cert,
  key,
});

const fingerprintOf = ({ ca, identity: { cert, key } }: ServerMaterial) =>
  [ca, cert, key].map((part) => part.toString('base64')).join(' ');

/** @throws ProtocolFault `bad-tls`: a file is missing, is not what it is called, or does not fit the others. */
function readMaterial(folder: string): Material {
  const ca = read(join(folder, 'ca.crt'), 'bad-tls');
  certificateIn(join(folder, 'ca.crt'), ca);
  const path = join(folder, 'tls.crt');
  if (!existsSync(path)) return { ca, identity: undefined };
  const cert = read(path, 'bad-tls');
  const key = read(join(folder, 'tls.key'), 'bad-tls');
  const certificate = certificateIn(path, cert);
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw new ProtocolFault(
      'bad-tls',
      `${path} has expired, on ${certificate.validTo}: make a new one with \`rondo certs\``,
    );
  }
  if (!certificate.checkPrivateKey(keyIn(join(folder, 'tls.key'), key))) {
    throw new ProtocolFault('bad-tls', `${join(folder, 'tls.key')} is not the key of ${path}`);
  }
  return { ca, identity: { cert, key } };
}

function certificateIn(path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ProtocolFault('bad-tls', `${path} holds no certificate in PEM`);
  }
}

function keyIn(path: string, pem: Buffer) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new ProtocolFault('bad-tls', `${path} holds no private key in PEM`);
  }
}

function read(path: string, code: 'bad-tls' | 'bad-token'): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ProtocolFault(code, `${path} cannot be read: ${(error as Error).message}`);
  }
}
