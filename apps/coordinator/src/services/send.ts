// One answer of a stream to its caller, no faster than the caller reads.

import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';

/**
 * Settles when there is room for the next one.
 * @param signal gives up waiting for room.
 * @throws Error when the caller is gone, or the signal came.
 */
export async function send<Response>(
  call: ServerWritableStream<unknown, Response>,
  response: Response,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  if (!call.cancelled && call.write(response)) return;
  const settled = new AbortController();
  const options = { signal: AbortSignal.any([settled.signal, ...(signal ? [signal] : [])]) };
  if (!call.cancelled) {
    await Promise.race([once(call, 'drain', options), once(call, 'close', options)]).finally(() => settled.abort());
  }
  if (call.cancelled) throw new Error('the caller went away');
}
