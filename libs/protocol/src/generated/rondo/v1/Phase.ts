// Original file: ../../proto/rondo/v1/jobs.proto

export const Phase = {
  PHASE_UNSPECIFIED: 'PHASE_UNSPECIFIED',
  PHASE_QUEUED: 'PHASE_QUEUED',
  PHASE_WAITING: 'PHASE_WAITING',
  PHASE_TRAINING: 'PHASE_TRAINING',
  PHASE_PAUSED: 'PHASE_PAUSED',
  PHASE_FINISHED: 'PHASE_FINISHED',
  PHASE_CANCELLED: 'PHASE_CANCELLED',
  PHASE_FAILED: 'PHASE_FAILED',
} as const;

export type Phase =
  | 'PHASE_UNSPECIFIED'
  | 0
  | 'PHASE_QUEUED'
  | 1
  | 'PHASE_WAITING'
  | 2
  | 'PHASE_TRAINING'
  | 3
  | 'PHASE_PAUSED'
  | 4
  | 'PHASE_FINISHED'
  | 5
  | 'PHASE_CANCELLED'
  | 6
  | 'PHASE_FAILED'
  | 7

export type Phase__Output = typeof Phase[keyof typeof Phase]
