// How many connections one address may hold to a server: those beyond are told so in answer to their first call.

import { constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { maxConnectionsPerPeer } from './limits.ts';

/** For a connection that is not wanted and makes no call. */
const patienceMs = 2000;

/**
 * Peers hold at most `limit` connections each, and as many again without a certificate: nobody who has none keeps out those at
 * the same address who have. Another one gets RESOURCE_EXHAUSTED in answer to its calls, and is closed.
 * @param refused hears of it.
 */
export function limitConnections(
  server: Http2Server,
  {
    limit = maxConnectionsPerPeer,
    refused,
  }: { limit?: number; refused?: ((peer: string, reason: string) => void) | undefined },
): void {
  const counts = new Map<string, number>();
  server.on('session', (session: ServerHttp2Session) => {
    const peer = session.socket?.remoteAddress ?? 'unknown';
    const isCertified = (session.socket as Partial<TLSSocket> | undefined)?.authorized === true;
    const holder = `${peer} ${isCertified}`;
    const count = (counts.get(holder) ?? 0) + 1;
    counts.set(holder, count);
    session.once('close', () => {
      const left = (counts.get(holder) ?? 1) - 1;
      if (left === 0) counts.delete(holder);
      else counts.set(holder, left);
    });
    if (count <= limit) return;
    const reason = `${peer} holds ${limit} connections already: close some, or share one`;
    refuse(session, reason);
    refused?.(peer, reason);
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
