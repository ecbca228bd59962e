// Original file: ../../proto/rondo/v1/work.proto

import type { Hello as _rondo_v1_Hello, Hello__Output as _rondo_v1_Hello__Output } from '../../rondo/v1/Hello.ts';
import type { Result as _rondo_v1_Result, Result__Output as _rondo_v1_Result__Output } from '../../rondo/v1/Result.ts';
import type { Failure as _rondo_v1_Failure, Failure__Output as _rondo_v1_Failure__Output } from '../../rondo/v1/Failure.ts';
import type { Leaving as _rondo_v1_Leaving, Leaving__Output as _rondo_v1_Leaving__Output } from '../../rondo/v1/Leaving.ts';
import type { Gradients as _rondo_v1_Gradients, Gradients__Output as _rondo_v1_Gradients__Output } from '../../rondo/v1/Gradients.ts';
import type { Alive as _rondo_v1_Alive, Alive__Output as _rondo_v1_Alive__Output } from '../../rondo/v1/Alive.ts';
import type { Log as _rondo_v1_Log, Log__Output as _rondo_v1_Log__Output } from '../../rondo/v1/Log.ts';
import type { Chunk as _rondo_v1_Chunk, Chunk__Output as _rondo_v1_Chunk__Output } from '../../rondo/v1/Chunk.ts';

/**
 * From a worker.
 */
export interface WorkRequest {
  'hello'?: (_rondo_v1_Hello | null);
  'result'?: (_rondo_v1_Result | null);
  'failure'?: (_rondo_v1_Failure | null);
  'leaving'?: (_rondo_v1_Leaving | null);
  'gradients'?: (_rondo_v1_Gradients | null);
  'alive'?: (_rondo_v1_Alive | null);
  'log'?: (_rondo_v1_Log | null);
  /**
   * 15 both ways: its bytes do not depend on the direction.
   */
  'chunk'?: (_rondo_v1_Chunk | null);
  'message'?: "hello"|"result"|"failure"|"leaving"|"gradients"|"alive"|"log"|"chunk";
}

/**
 * From a worker.
 */
export interface WorkRequest__Output {
  'hello'?: (_rondo_v1_Hello__Output | null);
  'result'?: (_rondo_v1_Result__Output | null);
  'failure'?: (_rondo_v1_Failure__Output | null);
  'leaving'?: (_rondo_v1_Leaving__Output | null);
  'gradients'?: (_rondo_v1_Gradients__Output | null);
  'alive'?: (_rondo_v1_Alive__Output | null);
  'log'?: (_rondo_v1_Log__Output | null);
  /**
   * 15 both ways: its bytes do not depend on the direction.
   */
  'chunk'?: (_rondo_v1_Chunk__Output | null);
  'message'?: "hello"|"result"|"failure"|"leaving"|"gradients"|"alive"|"log"|"chunk";
}
