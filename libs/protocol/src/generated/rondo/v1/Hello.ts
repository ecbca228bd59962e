// Original file: ../../proto/rondo/v1/work.proto

import type { EngineOffer as _rondo_v1_EngineOffer, EngineOffer__Output as _rondo_v1_EngineOffer__Output } from '../../rondo/v1/EngineOffer.ts';

/**
 * First message of a stream.
 */
export interface Hello {
  /**
   * Name for people, at most 64 characters; the coordinator makes it unique.
   */
  'name'?: (string);
  /**
   * 5; a coordinator refuses others with FAILED_PRECONDITION.
   */
  'protocolVersion'?: (number);
  'engines'?: (_rondo_v1_EngineOffer)[];
  'host'?: (string);
  'pid'?: (number);
  /**
   * Random id of the worker's process, at most 64 characters. A stream takes the place of an older one of the same process,
   * which may be half dead, and its name.
   */
  'instance'?: (string);
}

/**
 * First message of a stream.
 */
export interface Hello__Output {
  /**
   * Name for people, at most 64 characters; the coordinator makes it unique.
   */
  'name': (string);
  /**
   * 5; a coordinator refuses others with FAILED_PRECONDITION.
   */
  'protocolVersion': (number);
  'engines': (_rondo_v1_EngineOffer__Output)[];
  'host': (string);
  'pid': (number);
  /**
   * Random id of the worker's process, at most 64 characters. A stream takes the place of an older one of the same process,
   * which may be half dead, and its name.
   */
  'instance': (string);
}
