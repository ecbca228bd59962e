// The HTTP server over real sockets: what it answers, what it refuses, and what it does not wait for.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HttpServer, serveHttp } from './http-server.ts';
import { Metrics } from './metrics.ts';

let reason: string | undefined;
let metrics: Metrics;
let server: HttpServer;
beforeEach(async () => {
  reason = undefined;
  metrics = new Metrics();
  server = await serveHttp({ address: '127.0.0.1:0', metrics, unready: () => reason });
});
afterEach(() => server.close());

async function ask(path: string, init?: RequestInit) {
  const response = await fetch(`http://${server.address}${path}`, init);
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

test('/metrics is what Prometheus reads', async () => {
  metrics.counter('steps_total', 'Steps.').add(3);
  const { status, type, body } = await ask('/metrics?anything');
  expect(status).toBe(200);
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toBe('# HELP steps_total Steps.\n# TYPE steps_total counter\nsteps_total 3\n');
});

test('a metric that cannot be read is a failed scrape, and no end of the process', async () => {
  metrics.gauge('bad', 'Bad.', () => {
    throw new Error('no such thing');
  });
  expect(await ask('/metrics')).toMatchObject({ status: 500, body: 'the metrics cannot be read: no such thing\n' });
});

test('probes: alive as long as it answers, ready unless there is a reason', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'OK\n' });
  expect(await ask('/readyz')).toMatchObject({ status: 200 });
  reason = 'draining';
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: 'draining\n' });
  expect(await ask('/healthz')).toMatchObject({ status: 200 });
});

test('anything else is refused', async () => {
  expect(await ask('/')).toMatchObject({ status: 404 });
  expect(await ask('/metrics/..%2fhealthz')).toMatchObject({ status: 404 });
  for (const method of ['POST', 'HEAD', 'DELETE']) {
    expect(await ask('/metrics', { method })).toMatchObject({ status: 405 });
  }
});

test('an address that is taken, or none of this machine, is one clear error', async () => {
  const serveOn = (address: string) => serveHttp({ address, metrics, unready: () => undefined });
  await expect(serveOn(server.address)).rejects.toMatchObject({
    code: 'cannot-listen',
    message: expect.stringContaining(`cannot serve HTTP on ${server.address}: listen EADDRINUSE`),
  });
  await expect(serveOn('192.0.2.1:80')).rejects.toMatchObject({ code: 'cannot-listen' });
});

test('an IPv6 address stands in brackets', async () => {
  const probe = createServer().listen(0, '::1');
  const absence = await Promise.race([once(probe, 'listening').then(() => undefined), once(probe, 'error')]);
  probe.close();
  if (absence !== undefined) {
    console.warn('not tried: this machine has no IPv6');
    return;
  }
  const other = await serveHttp({ address: '[::1]:0', metrics, unready: () => undefined });
  expect((await fetch(`http://${other.address}/healthz`)).status).toBe(200);
  other.close();
});

/** Sends raw bytes. @returns all that comes back until the end. */
async function raw(text: string): Promise<string> {
  const [host, port] = server.address.split(':');
  const socket = connect(Number(port), host);
  let heard = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    heard += part;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return heard;
}

test('headers have a limit in size and in time', async () => {
  const line = `X: ${'x'.repeat(1000)}\r\n`;
  expect(await raw(`GET /metrics HTTP/1.1\r\nHost: x\r\n${line.repeat(20)}\r\n`)).toContain('431');
  const begun = performance.now();
  expect(await raw('GET /metrics HTTP/1.1\r\nHost: x\r\n')).toContain('408');
  expect(performance.now() - begun).toBeLessThan(4500);
});
