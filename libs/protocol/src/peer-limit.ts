// How many connections one address may hold to a server: those beyond are told so in answer to their first call.

import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { maxConnectionsPerPeer } from './limits.ts';

/** For a connection that is not wanted and makes no call. */
const patienceMs = 2000;

/** Peers hold at most `limit` connections each. Another one gets RESOURCE_EXHAUSTED in answer to its calls, and is closed. */
export function limitConnections(server: Http2Server, limit = maxConnectionsPerPeer): void {
  const counts = new Map<string, number>();
  server.on('session', (session: ServerHttp2Session) => {
    const peer = session.socket?.remoteAddress ?? 'unknown';
    const count = (counts.get(peer) ?? 0) + 1;
    counts.set(peer, count);
    session.once('close', () => {
      const left = (counts.get(peer) ?? 1) - 1;
      if (left === 0) counts.delete(peer);
      else counts.set(peer, left);
    });
    if (count > limit) refuse(session, `${peer} holds ${limit} connections already: close some, or share one`);
  });
}

function refuse(session: ServerHttp2Session, details: string): void {
  // Who served its calls so far is node:http2 itself, which hands them on to gRPC.
  session.removeAllListeners('stream');
  session.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    const headers = { [constants.HTTP2_HEADER_STATUS]: 200, [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc' };
    const trailers = { 'grpc-status': status.RESOURCE_EXHAUSTED, 'grpc-message': encodeURI(details) };
    stream.respond({ ...headers, ...trailers }, { endStream: true });
    session.close();
  });
  setTimeout(() => session.destroy(), patienceMs).unref();
}
