// Connections beyond the limit: refused with a reason, and counted no longer once they are gone.

import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test, vi } from 'vitest';
import { channelOptions } from './channel.ts';
import { limitConnections } from './peer-limit.ts';
import { JobService } from './services.ts';

const stop: (() => void)[] = [];
afterEach(() => {
  for (const close of stop.splice(0)) close();
});

const ownConnection = { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 };

test('a peer holds so many connections and no more', async () => {
  const server = createHttp2Server();
  const refused = vi.fn<(peer: string, reason: string) => void>();
  limitConnections(server, { limit: 2, refused });
  // What gRPC would do with a call that reaches it: nothing here was implemented.
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 12 }, { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop.push(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connect = () => {
    const client = new JobService(address, credentials.createInsecure(), ownConnection);
    stop.push(() => client.close());
    const list = () =>
      new Promise<ServiceError>((resolve) => client.list({}, (error) => resolve(error as ServiceError)));
    return { client, list };
  };
  const first = connect();
  for (const { list } of [first, connect()]) expect(await list()).toMatchObject({ code: status.UNIMPLEMENTED });
  const third = connect();
  expect(await third.list()).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: '127.0.0.1 holds 2 connections already: close some, or share one',
  });
  expect(refused.mock.calls).toEqual([
    ['127.0.0.1', '127.0.0.1 holds 2 connections already: close some, or share one'],
  ]);
  first.client.close();
  await expect.poll(() => connect().list()).toMatchObject({ code: status.UNIMPLEMENTED });
});
