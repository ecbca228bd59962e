// Who may do what: what each call asks for.

import type { Role } from '@rondo/protocol';

/** Who calls, as the certificate or the token says. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

/** Without TLS, which only a coordinator that nobody else reaches does without. */
export const localCaller: Caller = { name: 'local', role: 'admin' };

const people: readonly Role[] = ['viewer', 'submitter', 'admin'];

/**
 * By the path of a method. Health is everybody's, so that probes need no certificate. Who may submit may also steer runs, though
 * only an admin those of others.
 */
const allowed: Readonly<Record<string, readonly Role[] | 'everybody'>> = {
  '/rondo.v1.WorkService/Work': ['worker', 'admin'],
  '/rondo.v1.JobService/Submit': ['submitter', 'admin'],
  '/rondo.v1.JobService/Control': ['submitter', 'admin'],
  '/rondo.v1.JobService/List': people,
  '/rondo.v1.JobService/Status': people,
  '/rondo.v1.JobService/Watch': people,
  '/rondo.v1.JobService/Logs': people,
  '/rondo.v1.JobService/Fetch': people,
  '/grpc.health.v1.Health/Check': 'everybody',
  '/grpc.health.v1.Health/Watch': 'everybody',
};

/** Whom a method is open to; what is not listed is for people. */
export const allowedTo = (method: string): readonly Role[] | 'everybody' =>
  Object.hasOwn(allowed, method) ? allowed[method] : people;

/** Whether a caller may steer a run. @param owner of the run; undefined: submitted before there were owners, or locally. */
export const maySteer = ({ name, role }: Caller, owner: string | undefined): boolean =>
  role === 'admin' || owner === name;
