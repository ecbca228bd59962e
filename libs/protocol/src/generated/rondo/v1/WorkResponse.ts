// Original file: ../../proto/rondo/v1/work.proto

import type { Welcome as _rondo_v1_Welcome, Welcome__Output as _rondo_v1_Welcome__Output } from '../../rondo/v1/Welcome.ts';
import type { Idle as _rondo_v1_Idle, Idle__Output as _rondo_v1_Idle__Output } from '../../rondo/v1/Idle.ts';
import type { Prepare as _rondo_v1_Prepare, Prepare__Output as _rondo_v1_Prepare__Output } from '../../rondo/v1/Prepare.ts';
import type { Weights as _rondo_v1_Weights, Weights__Output as _rondo_v1_Weights__Output } from '../../rondo/v1/Weights.ts';
import type { Assignment as _rondo_v1_Assignment, Assignment__Output as _rondo_v1_Assignment__Output } from '../../rondo/v1/Assignment.ts';
import type { Cancel as _rondo_v1_Cancel, Cancel__Output as _rondo_v1_Cancel__Output } from '../../rondo/v1/Cancel.ts';
import type { Chunk as _rondo_v1_Chunk, Chunk__Output as _rondo_v1_Chunk__Output } from '../../rondo/v1/Chunk.ts';

/**
 * To a worker.
 */
export interface WorkResponse {
  'welcome'?: (_rondo_v1_Welcome | null);
  'idle'?: (_rondo_v1_Idle | null);
  'prepare'?: (_rondo_v1_Prepare | null);
  'weights'?: (_rondo_v1_Weights | null);
  'assignment'?: (_rondo_v1_Assignment | null);
  'cancel'?: (_rondo_v1_Cancel | null);
  /**
   * 15 both ways: its bytes do not depend on the direction.
   */
  'chunk'?: (_rondo_v1_Chunk | null);
  'message'?: "welcome"|"idle"|"prepare"|"weights"|"assignment"|"cancel"|"chunk";
}

/**
 * To a worker.
 */
export interface WorkResponse__Output {
  'welcome'?: (_rondo_v1_Welcome__Output | null);
  'idle'?: (_rondo_v1_Idle__Output | null);
  'prepare'?: (_rondo_v1_Prepare__Output | null);
  'weights'?: (_rondo_v1_Weights__Output | null);
  'assignment'?: (_rondo_v1_Assignment__Output | null);
  'cancel'?: (_rondo_v1_Cancel__Output | null);
  /**
   * 15 both ways: its bytes do not depend on the direction.
   */
  'chunk'?: (_rondo_v1_Chunk__Output | null);
  'message'?: "welcome"|"idle"|"prepare"|"weights"|"assignment"|"cancel"|"chunk";
}
