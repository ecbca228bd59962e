// A raw TCP socket of Node between two processes on the loopback: a step sends bytes there, the other side counts them,
// answers, and sends as many back. Times of the two ways are told apart.

import { fork } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { serve } from './serve.mjs';

const { bytes } = JSON.parse(process.argv[2]);
const port = process.argv[3];
const pieceBytes = 512 * 1024;
const piece = Buffer.alloc(pieceBytes, 1);

/** Sends all the bytes, as fast as the socket takes them. @param {import('node:net').Socket} socket */
async function send(socket) {
  for (let sent = 0; sent < bytes; sent += pieceBytes) {
    if (!socket.write(piece)) await new Promise((drained) => socket.once('drain', drained));
  }
}

/** @param {import('node:net').Socket} socket @param {number} expected @returns {Promise<void>} once so much came in */
const received = (socket, expected) =>
  new Promise((whole) => {
    let seen = 0;
    const count = (/** @type {Buffer} */ chunk) => {
      seen += chunk.length;
      if (seen < expected) return;
      socket.off('data', count);
      whole();
    };
    socket.on('data', count);
  });

if (port !== undefined) {
  const socket = connect(Number(port), '127.0.0.1').on('close', () => process.exit());
  for (;;) {
    await received(socket, bytes);
    const wanted = received(socket, 1);
    socket.write('.');
    await wanted;
    await send(socket);
  }
} else {
  /** @type {import('node:net').Socket} */
  const socket = await new Promise((joined) => {
    const server = createServer({ noDelay: true }, (one) => {
      server.close();
      joined(one);
    }).listen(0, '127.0.0.1', () => {
      const { port: own } = /** @type {import('node:net').AddressInfo} */ (server.address());
      fork(import.meta.filename, [process.argv[2], String(own)]);
    });
  });
  const outMs = /** @type {number[]} */ ([]);
  const backMs = /** @type {number[]} */ ([]);
  await serve(
    {},
    async () => {
      const start = performance.now();
      const counted = received(socket, 1);
      await Promise.all([send(socket), counted]);
      const between = performance.now();
      outMs.push(between - start);
      const back = received(socket, bytes);
      socket.write('.');
      await back;
      backMs.push(performance.now() - between);
    },
    () => ({ outMs: outMs.splice(0), backMs: backMs.splice(0) }),
  );
  socket.destroy();
}
