// Original file: ../../proto/rondo/v1/work.proto

import type { DeviceKind as _rondo_v1_DeviceKind, DeviceKind__Output as _rondo_v1_DeviceKind__Output } from '../../rondo/v1/DeviceKind.ts';

/**
 * An engine that works on this machine.
 */
export interface EngineOffer {
  'name'?: (string);
  'deviceKind'?: (_rondo_v1_DeviceKind);
  'device'?: (string);
  'library'?: (string);
  /**
   * Hash of a fixed program's output (rnn-core, fingerprint.ts).
   */
  'fingerprint'?: (string);
  /**
   * Tokens a second of the gradients of a small model, measured at start.
   */
  'tokensPerSecond'?: (number | string);
  /**
   * Compute threads that would compute with this engine, at least 1. Each takes a shard at a time.
   */
  'threads'?: (number);
}

/**
 * An engine that works on this machine.
 */
export interface EngineOffer__Output {
  'name': (string);
  'deviceKind': (_rondo_v1_DeviceKind__Output);
  'device': (string);
  'library': (string);
  /**
   * Hash of a fixed program's output (rnn-core, fingerprint.ts).
   */
  'fingerprint': (string);
  /**
   * Tokens a second of the gradients of a small model, measured at start.
   */
  'tokensPerSecond': (number);
  /**
   * Compute threads that would compute with this engine, at least 1. Each takes a shard at a time.
   */
  'threads': (number);
}
