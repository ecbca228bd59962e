// Counts the calls that end with an error, whoever refused them: the guard, a service, the protocol; and refused connections.

import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { Metrics } from '@rondo/metrics';

/** Names of gRPC's status codes, in lower case; `other`: any that is not listed. */
const reasons = [
  'unauthenticated',
  'permission_denied',
  'invalid_argument',
  'failed_precondition',
  'resource_exhausted',
  'not_found',
  'aborted',
  'unavailable',
  'internal',
  'other',
] as const;

export interface Refusals {
  /** To stand before all other interceptors. */
  readonly interceptor: ServerInterceptor;
  /** One beyond a peer's limit was refused. */
  connection(): void;
}

export function countRefusals(metrics: Metrics): Refusals {
  const refused = metrics.counterBy(
    'rondo_calls_refused_total',
    "Calls of workers and people that ended with an error, by gRPC's status.",
    { name: 'reason', values: reasons },
  );
  const interceptor: ServerInterceptor = (_, call) =>
    new ServerInterceptingCall(call, {
      sendStatus(end, next) {
        const name = status[end.code].toLowerCase();
        if (end.code !== status.OK) refused.add(reasons.find((reason) => reason === name) ?? 'other', 1);
        next(end);
      },
    });
  return { interceptor, connection: () => refused.add('resource_exhausted', 1) };
}
