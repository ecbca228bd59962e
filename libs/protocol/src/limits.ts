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
  maxTensorNameLength: 256,
  maxRank: 8,
  maxPendingMessages: 1024,
  maxPendingBytes: 8 * GiB,
};

/** Of a worker's name for people (`Hello.name`). */
export const maxWorkerNameLength = 64;

/** One gRPC message of any kind, chunk or not, both ways. */
export const maxMessageBytes = 8 * MiB;

/** HTTP/2 receive windows. 16 MiB keep 400 MB/s busy through 40 ms of round trip; 64 KiB, the default, 1.6 MB/s. */
export const streamWindowBytes = 16 * MiB;
export const connectionWindowBytes = 32 * MiB;
