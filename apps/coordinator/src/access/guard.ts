// Stands before every call: finds out who calls, and lets through what its role may do.

import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import type { Logger } from '@rondo/logging';
import { type AuthContext, authenticate } from './authenticate.ts';
import { allowedTo, type Caller, localCaller } from './roles.ts';
import type { TokenReader } from './tokens.ts';

/** A header that the guard sets, whatever the caller sent under its name. */
const callerHeader = 'rondo-caller';

/** Who makes a call that the guard let through. */
export const callerOf = (metadata: Metadata): Caller => JSON.parse(String(metadata.get(callerHeader)[0])) as Caller;

/** @param tokens undefined: without TLS, where every caller is the local admin. */
export function guard(tokens: TokenReader | undefined, log: Logger): ServerInterceptor {
  return ({ path }, call) => {
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => {
        void admit(path, call, metadata, tokens).then((refusal) => {
          if (refusal === undefined) {
            next(metadata);
            return;
          }
          log.warn({ peer: call.getPeer(), method: path, reason: refusal.details }, 'call refused');
          call.sendStatus({ ...refusal, metadata: new Metadata() });
        });
      })
      .build();
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };
}

/** Notes who calls. @returns why the call is refused; undefined: it is not. */
async function admit(
  path: string,
  call: ServerInterceptingCallInterface,
  metadata: Metadata,
  tokens: TokenReader | undefined,
): Promise<{ code: status; details: string } | undefined> {
  const caller = tokens === undefined ? localCaller : await identify(call.getAuthContext(), metadata, tokens);
  const open = allowedTo(path);
  if (typeof caller === 'string') {
    if (open !== 'everybody') return { code: status.UNAUTHENTICATED, details: caller };
    metadata.remove(callerHeader);
    return undefined;
  }
  if (open !== 'everybody' && !open.includes(caller.role)) {
    const needed = open.join(' or ');
    return {
      code: status.PERMISSION_DENIED,
      details: `${caller.name} is ${caller.role}, and this call is for ${needed}`,
    };
  }
  metadata.set(callerHeader, JSON.stringify(caller));
  // The token has done what it is for, and must not turn up in a log.
  metadata.remove('authorization');
  return undefined;
}

async function identify(context: AuthContext, metadata: Metadata, tokens: TokenReader): Promise<Caller | string> {
  const [authorization] = metadata.get('authorization');
  try {
    const verdict = await authenticate(context, authorization?.toString(), tokens);
    return 'caller' in verdict ? verdict.caller : verdict.fault;
  } catch (error) {
    return `nobody can be identified now: ${(error as Error).message}`;
  }
}
