// A link that is parted passes nothing, not even an end; healed, it passes everything; a slow one takes its time.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Link } from './link.ts';

let echo: Server;
let link: Link;
let client: Socket;
let received = 0;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  link = await Link.open(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
  client = connect(Number(link.address.split(':')[1]), '127.0.0.1');
  client.on('error', () => {});
  received = 0;
  client.on('data', (chunk) => {
    received += chunk.length;
  });
  client.write('hello');
  await once(client, 'data');
});

afterEach(() => {
  client.destroy();
  link.close();
  echo.close();
});

test('bytes pass both ways and are counted', () => {
  expect(received).toBe(5);
  expect(link.bytes).toBe(10);
  expect(link.connections).toBe(1);
});

test('parted, it holds bytes and ends; healed, it passes them', async () => {
  link.part();
  client.write('again');
  client.end();
  let ended = false;
  client.once('end', () => {
    ended = true;
  });
  await sleep(50);
  expect([received, ended]).toEqual([5, false]);
  link.heal();
  await once(client, 'close');
  expect([received, ended]).toEqual([10, true]);
});

test('a connection that is made while it is parted waits for the link to be whole', async () => {
  link.part();
  const late = connect(Number(link.address.split(':')[1]), '127.0.0.1');
  late.write('late');
  await sleep(50);
  expect(link.connections).toBe(1);
  link.heal();
  const [chunk] = await once(late, 'data');
  expect(String(chunk)).toBe('late');
  late.destroy();
});

test('slow, it passes so many bytes a second', async () => {
  link.limit(10_000);
  const since = performance.now();
  client.write('x'.repeat(1000));
  while (received < 1005) await once(client, 'data');
  // A tenth of a second each way.
  expect(performance.now() - since).toBeGreaterThan(190);
});

test('cut, both ends lose the connection', async () => {
  link.cut();
  await expect(once(client, 'close')).rejects.toThrow('ECONNRESET');
  // The other side's socket closes in the same turn of the loop or the next.
  await sleep(10);
  expect(link.connections).toBe(0);
});
