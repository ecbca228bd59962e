// Failed connections in words, from real ones.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import type { ServiceError } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { connectionReason } from './connection-reason.ts';
import { JobService } from './services.ts';
import { clientChannel } from './tls.ts';

async function detailsOf(address: string): Promise<string> {
  const client = new JobService(address, ...clientChannel(address));
  const list = promisify(client.list.bind(client)) as (request: object, options: object) => Promise<unknown>;
  const error = await list({}, { deadline: Date.now() + 5000 }).catch((fault: unknown) => fault as ServiceError);
  client.close();
  return (error as ServiceError).details;
}

test('nobody listens', async () => {
  expect(connectionReason(await detailsOf('127.0.0.1:1'), false)).toBe('connect ECONNREFUSED 127.0.0.1:1');
});

test('somebody who hangs up, as TLS does when it hears plain text', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.destroy()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const details = await detailsOf(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(connectionReason(details, false)).toBe('the connection ended at once; if it speaks TLS, give --tls DIR');
  expect(connectionReason(details, true)).toBe('the connection ended at once; does it speak TLS?');
});

test('certificates that are not taken', () => {
  const around = (what: string) => `No connection established. Last error: ${what}. Resolution note: `;
  expect(connectionReason(around('self-signed certificate in certificate chain'), true)).toMatch(
    /^its certificate is not of/,
  );
  const names =
    "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: a. is not in";
  expect(connectionReason(around(names), true)).toMatch(
    /^Hostname\/IP does not match .*; reach it by one of those names/,
  );
});
