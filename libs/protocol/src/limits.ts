// Every limit of the wire in one place: sizes of messages, chunks, bundles, queues and receive windows.

const MiB = 2 ** 20;
const GiB = 1024 * MiB;

/** What a receiver accepts and a sender keeps to. A peer that goes beyond one gets a fault that names it. */
export interface Limits {
  /** Bytes of tensor data that a sender puts into a chunk. */
  readonly chunkBytes: number;
  /** Largest chunk that a receiver takes. */
  readonly maxChunkBytes: number;
  readonly maxTensors: number;
  /** Bytes of all tensors of one bundle together. */
  readonly maxBundleBytes: number;
  /** Of them those for which the receiver has no place, such as recurrent state: memory is made for them. */
  readonly maxNewBytes: number;
  /** UTF-16 code units of a tensor's name. */
  readonly maxTensorNameLength: number;
  readonly maxRank: number;
  /** Messages that wait to be sent on one stream. */
  readonly maxPendingMessages: number;
  /** Tensor bytes that wait to be sent on one stream. They are views of the caller's memory, not copies. */
  readonly maxPendingBytes: number;
}

export const defaultLimits: Limits = {
  chunkBytes: MiB,
  maxChunkBytes: MiB,
  maxTensors: 16_384,
  maxBundleBytes: 4 * GiB,
  maxNewBytes: GiB,
  maxTensorNameLength: 256,
  maxRank: 8,
  maxPendingMessages: 1024,
  maxPendingBytes: 8 * GiB,
};

/** Of a worker's name for people (`Hello.name`). */
const maxWorkerNameLength = 64;

/** @returns what is wrong with a worker's name; undefined: nothing. */
export function workerNameFault(name: string): string | undefined {
  if (name.length <= maxWorkerNameLength && /^[\w.:-]+$/.test(name)) return undefined;
  return `a worker's name has 1 to ${maxWorkerNameLength} letters, digits, dots, colons, dashes or underscores`;
}

/** UTF-16 code units of any other text that a worker says about itself: host, device, library, fingerprint. */
export const maxWorkerTextLength = 256;

/** Of a text that explains (a failure's reason, a call's details): longer ones are cut, for they only inform. */
export const maxReasonLength = 1000;

/** Engines that one worker offers. */
export const maxOffers = 16;

/** Compute threads of one worker. */
export const maxWorkerThreads = 4096;

/** Workers of one coordinator. */
export const maxWorkers = 1024;

/** HTTP/2 connections that a server takes from one address, and calls at once on each of them. */
export const maxConnectionsPerPeer = 256;
export const maxCallsPerConnection = 64;

/** One gRPC message of any kind, chunk or not, that a coordinator sends. */
export const maxMessageBytes = 8 * MiB;

/**
 * One gRPC message that a coordinator takes: a chunk, or what announces one. Much smaller than what it sends, since a
 * message of a few bytes a field becomes objects of a hundred as it is decoded, before anything can look at it.
 */
export const maxRequestBytes = MiB + 64 * 1024;

/** A text that only explains, cut to `maxReasonLength`: what does not fit into a header of HTTP/2 never arrives. */
export function shortened(text: string): string {
  // Half of a surrogate pair would make gRPC's encoding throw.
  return text.length <= maxReasonLength
    ? text
    : `${text.slice(0, maxReasonLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** HTTP/2 receive windows. 16 MiB keep 400 MB/s busy through 40 ms of round trip; 64 KiB, the default, 1.6 MB/s. */
export const streamWindowBytes = 16 * MiB;
export const connectionWindowBytes = 32 * MiB;
