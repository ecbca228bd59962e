// What a server made here really tells a client, measured on the wire.

import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { createServer, listen } from './channel.ts';
import { connectionWindowBytes, streamWindowBytes } from './limits.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A plain HTTP/2 client on a fresh connection, once it has heard the server's SETTINGS and WINDOW_UPDATE. */
async function connectTo(server: Server): Promise<ClientHttp2Session> {
  const port = await listen(server, '127.0.0.1:0');
  const session = connect(`http://127.0.0.1:${port}`);
  cleanups.push(
    () => session.destroy(),
    () => server.forceShutdown(),
  );
  await once(session, 'remoteSettings');
  await new Promise((resolve) => session.ping(resolve));
  return session;
}

test('a server advertises the raised receive windows', async () => {
  const session = await connectTo(createServer());
  expect(session.remoteSettings.initialWindowSize).toBe(streamWindowBytes);
  expect(session.state.remoteWindowSize).toBe(connectionWindowBytes);
});

test("grpc-js's own servers are left as they are", async () => {
  createServer();
  const session = await connectTo(new Server());
  expect(session.remoteSettings.initialWindowSize).toBe(65_535);
  expect(session.state.remoteWindowSize).toBe(65_535);
});

test('an address in use is one clear fault', async () => {
  const first = createServer();
  cleanups.push(() => first.forceShutdown());
  const port = await listen(first, '127.0.0.1:0', ServerCredentials.createInsecure());
  await expect(listen(createServer(), `127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'cannot-listen',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});
