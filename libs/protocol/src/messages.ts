// The messages of a Work call as programs see them: one kind each, without the bundle and chunks that carry tensors.

import type { Bundle__Output } from './generated/rondo/v1/Bundle.ts';
import type { Chunk__Output } from './generated/rondo/v1/Chunk.ts';
import type { WorkRequest__Output } from './generated/rondo/v1/WorkRequest.ts';
import type { WorkResponse__Output } from './generated/rondo/v1/WorkResponse.ts';

/** WorkRequest or WorkResponse as decoded: `message` names the field that is set. */
export interface Envelope {
  readonly message?: string;
  readonly chunk?: Chunk__Output | null;
}

type Kind<E extends Envelope> = Exclude<NonNullable<E['message']>, 'chunk'> & keyof E;
type BundleField = 'tensors' | 'inputs';
type Content<E, K extends keyof E> = Omit<NonNullable<E[K]>, BundleField>;

/** To be sent: an object with one key, the kind, e.g. `{ weights: { run, step } }`. */
export type Outgoing<E extends Envelope> = { [K in Kind<E>]: { readonly [P in K]: Content<E, K> } }[Kind<E>];

/** Received: `message` names the kind, and the field of that name holds it. */
export type Received<E extends Envelope> = {
  [K in Kind<E>]: { readonly message: K } & { readonly [P in K]: Content<E, K> };
}[Kind<E>];

export type FromWorker = WorkRequest__Output;
export type FromCoordinator = WorkResponse__Output;

const bundleFields: ReadonlyMap<string, BundleField> = new Map([
  ['weights', 'tensors'],
  ['assignment', 'inputs'],
  ['result', 'tensors'],
]);

/** Where a message of this kind carries its tensors; undefined when it carries none. */
export function bundleFieldOf(kind: string): BundleField | undefined {
  return bundleFields.get(kind);
}

/** What all messages with a bundle share. */
export interface BundleCarrier {
  readonly step: number;
  readonly tensors?: Bundle__Output | null;
  readonly inputs?: Bundle__Output | null;
}
