// gRPC servers and channel options set for large tensors: receive windows, message limits, keep-alive, back-off.

import type { Http2Server, ServerHttp2Session } from 'node:http2';
import {
  type ChannelOptions,
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerOptions,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { ProtocolFault } from './fault.ts';
import {
  connectionWindowBytes,
  maxCallsPerConnection,
  maxMessageBytes,
  maxRequestBytes,
  streamWindowBytes,
} from './limits.ts';
import { limitConnections } from './peer-limit.ts';

// grpc-js writes its errors to standard error beside reporting them to us; who looks for more sets its own variables.
if (!process.env.GRPC_VERBOSITY && !process.env.GRPC_NODE_VERBOSITY) setLogVerbosity(logVerbosity.NONE);

/** Both ends: a peer that answers no ping for 30 s is gone. */
const commonOptions = {
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 20_000,
} as const satisfies ChannelOptions;

/** For every client of a coordinator, e.g. `new WorkService(address, credentials, channelOptions)`. */
export const channelOptions = {
  ...commonOptions,
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc-node.flow_control_window': streamWindowBytes,
  // grpc-js knows no minimum.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A cluster talks directly: an http_proxy in the environment is meant for other traffic.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
} as const satisfies ChannelOptions;

const serverOptions = {
  ...commonOptions,
  'grpc.max_receive_message_length': maxRequestBytes,
  'grpc.max_concurrent_streams': maxCallsPerConnection,
  // Who makes no call needs no connection: a client's next call makes another one by itself.
  'grpc.max_connection_idle_ms': 60_000,
} as const satisfies ServerOptions;

/**
 * @param options override the defaults above.
 * @param refused hears of connections beyond a peer's limit.
 */
export function createServer(options: ServerOptions = {}, refused?: (peer: string, reason: string) => void): Server {
  const server = new Server({ ...serverOptions, ...options });
  adjustHttp2Servers(server, refused);
  return server;
}

/**
 * @param address host:port; port 0 takes a free one.
 * @returns the port.
 * @throws ProtocolFault `cannot-listen`.
 */
export function listen(server: Server, address: string, credentials = ServerCredentials.createInsecure()) {
  return new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (!error) return resolve(port);
      // What the system said, without grpc-js's words around it.
      const reason = /errors: \[(.*)\]$/.exec(error.message)?.[1] ?? error.message;
      const message = `cannot listen on ${address}: ${reason}. Choose another address or stop what uses it.`;
      reject(new ProtocolFault('cannot-listen', message));
    });
  });
}

/** The method of grpc-js's Server, private in its types, through which it makes every HTTP/2 server. */
interface Http2ServerFactory {
  createHttp2Server?: (credentials: ServerCredentials) => Http2Server;
}

/**
 * grpc-js knows `grpc-node.flow_control_window` for clients alone: its servers advertise 64 KiB, which caps an upload at
 * 64 KiB a round trip. Nor does it count connections. So the HTTP/2 servers that this one server makes get larger
 * windows, and a limit to the connections of a peer, as they are made.
 * @throws Error when grpc-js no longer makes them there.
 */
function adjustHttp2Servers(server: Server, refused: ((peer: string, reason: string) => void) | undefined): void {
  const factory = server as unknown as Http2ServerFactory;
  const make = factory.createHttp2Server;
  if (!make) throw new Error('grpc-js has no Server.createHttp2Server: find where it makes its HTTP/2 servers now');
  factory.createHttp2Server = (credentials) => {
    const http2Server = make.call(server, credentials);
    http2Server.updateSettings({ initialWindowSize: streamWindowBytes });
    http2Server.on('session', (session: ServerHttp2Session) => session.setLocalWindowSize(connectionWindowBytes));
    limitConnections(http2Server, { refused });
    return http2Server;
  };
}
