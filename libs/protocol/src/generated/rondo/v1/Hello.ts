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
   * 2; a coordinator refuses others with FAILED_PRECONDITION.
   */
  'protocolVersion'?: (number);
  'engines'?: (_rondo_v1_EngineOffer)[];
  'host'?: (string);
  'pid'?: (number);
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
   * 2; a coordinator refuses others with FAILED_PRECONDITION.
   */
  'protocolVersion': (number);
  'engines': (_rondo_v1_EngineOffer__Output)[];
  'host': (string);
  'pid': (number);
}
