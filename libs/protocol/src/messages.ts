// The messages of a Work call as programs see them: one kind each, without the bundle and chunks that carry tensors.

import type { Bundle__Output } from './generated/rondo/v1/Bundle.ts';
import type { Chunk__Output } from './generated/rondo/v1/Chunk.ts';
import type { WorkRequest__Output } from './generated/rondo/v1/WorkRequest.ts';
import type { WorkResponse__Output } from './generated/rondo/v1/WorkResponse.ts';
import type { WireType } from './tensors.ts';

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

/** Where a kind of message carries its tensors, and of which types they may be. */
export interface BundleKind {
  readonly field: BundleField;
  readonly types: readonly WireType[];
}

const bundles: ReadonlyMap<string, BundleKind> = new Map([
  ['weights', { field: 'tensors', types: ['float32', 'int32'] }],
  ['assignment', { field: 'inputs', types: ['float32', 'int32'] }],
  ['gradients', { field: 'tensors', types: ['float32', 'float16', 'bfloat16'] }],
  ['result', { field: 'tensors', types: ['float32', 'int32'] }],
]);

/** Undefined for a kind that carries no tensors. */
export function bundleOf(kind: string): BundleKind | undefined {
  return bundles.get(kind);
}

/** What all messages with a bundle share. */
export interface BundleCarrier {
  readonly step: number;
  readonly tensors?: Bundle__Output | null;
  readonly inputs?: Bundle__Output | null;
}
