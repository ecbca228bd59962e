// The HTTP server of a process: GET /metrics for Prometheus, /healthz and /readyz for probes, and nothing else.

import { once } from 'node:events';
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface HttpOptions {
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  readonly metrics: Metrics;
  /** Why the process cannot do its work at the moment; undefined: it can. */
  unready(): string | undefined;
}

export interface HttpServer {
  /** host:port that it really listens on. */
  readonly address: string;
  /** Ends all connections. */
  close(): void;
}

/** An operating fault: the address is taken, or none of this machine's. */
class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly code = 'cannot-listen';
}

/** Prometheus and a probe or two come every few seconds, and send little. */
const limits = {
  maxHeaderSize: 8192,
  headersTimeout: 2000,
  requestTimeout: 5000,
  /** Longer than Prometheus usually waits between two scrapes. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 500,
};
const maxConnections = 100;

/** Alone it keeps no process alive. @throws HttpFault `cannot-listen` */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { address } = options;
  const server = createServer(limits, (request, response) => {
    void answer(request, options).then(({ status, type = 'text/plain; charset=utf-8', body }) => {
      const allow = status === 405 ? { Allow: 'GET' } : {};
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...allow });
      response.end(body ?? `${STATUS_CODES[status]}\n`);
    });
  });
  server.maxConnections = maxConnections;
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  server.listen({ host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) });
  try {
    await once(server, 'listening');
  } catch (error) {
    const advice = 'Choose another address for --http, or stop what uses it.';
    throw new HttpFault(`cannot serve HTTP on ${address}: ${(error as Error).message}. ${advice}`);
  }
  server.unref();
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  /** Default: what the status is called. */
  readonly body?: string;
}

async function answer({ url = '/', method }: IncomingMessage, { metrics, unready }: HttpOptions): Promise<Answer> {
  const [path] = url.split('?');
  if (!['/metrics', '/healthz', '/readyz'].includes(path)) return { status: 404 };
  if (method !== 'GET') return { status: 405 };
  if (path === '/healthz') return { status: 200 };
  if (path === '/readyz') {
    const reason = unready();
    return reason === undefined ? { status: 200 } : { status: 503, body: `${reason}\n` };
  }
  try {
    return { status: 200, type: metrics.contentType, body: await metrics.text() };
  } catch (error) {
    return { status: 500, body: `the metrics cannot be read: ${(error as Error).message}\n` };
  }
}
