// Original file: ../../proto/rondo/v1/jobs.proto

export const Action = {
  ACTION_UNSPECIFIED: 'ACTION_UNSPECIFIED',
  ACTION_PAUSE: 'ACTION_PAUSE',
  ACTION_RESUME: 'ACTION_RESUME',
  ACTION_CANCEL: 'ACTION_CANCEL',
} as const;

export type Action =
  | 'ACTION_UNSPECIFIED'
  | 0
  | 'ACTION_PAUSE'
  | 1
  | 'ACTION_RESUME'
  | 2
  | 'ACTION_CANCEL'
  | 3

export type Action__Output = typeof Action[keyof typeof Action]
