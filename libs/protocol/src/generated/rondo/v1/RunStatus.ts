// Original file: ../../proto/rondo/v1/jobs.proto

import type { Phase as _rondo_v1_Phase, Phase__Output as _rondo_v1_Phase__Output } from '../../rondo/v1/Phase.ts';
import type { Hindrance as _rondo_v1_Hindrance, Hindrance__Output as _rondo_v1_Hindrance__Output } from '../../rondo/v1/Hindrance.ts';
import type { Long } from '@grpc/proto-loader';

export interface RunStatus {
  'name'?: (string);
  'phase'?: (_rondo_v1_Phase);
  /**
   * Why the run is in this phase: "waiting for a worker that offers webgpu", "finished step 2000", the fault …
   */
  'reason'?: (string);
  'step'?: (number | string | Long);
  'steps'?: (number | string | Long);
  /**
   * Of the newest committed step, nats a target; absent before it.
   */
  'loss'?: (number | string);
  'validationLoss'?: (number | string);
  'tokensPerSecond'?: (number | string);
  /**
   * Of training that is left, at the present speed; absent while unknown.
   */
  'secondsLeft'?: (number | string);
  /**
   * What really computes: engine, and the fingerprint that the run pins. Empty before the first worker.
   */
  'engine'?: (string);
  'fingerprint'?: (string);
  /**
   * The run's folder on the coordinator's machine.
   */
  'folder'?: (string);
  /**
   * Workers that compute for it.
   */
  'workers'?: (number);
  /**
   * What holds the run up now, the worst first.
   */
  'hindrances'?: (_rondo_v1_Hindrance)[];
  /**
   * Of the newest validation beside the loss, by name: accuracy, macroF1 …
   */
  'scores'?: ({[key: string]: number | string});
  '_loss'?: "loss";
  '_validationLoss'?: "validationLoss";
  '_secondsLeft'?: "secondsLeft";
}

export interface RunStatus__Output {
  'name': (string);
  'phase': (_rondo_v1_Phase__Output);
  /**
   * Why the run is in this phase: "waiting for a worker that offers webgpu", "finished step 2000", the fault …
   */
  'reason': (string);
  'step': (number);
  'steps': (number);
  /**
   * Of the newest committed step, nats a target; absent before it.
   */
  'loss'?: (number);
  'validationLoss'?: (number);
  'tokensPerSecond': (number);
  /**
   * Of training that is left, at the present speed; absent while unknown.
   */
  'secondsLeft'?: (number);
  /**
   * What really computes: engine, and the fingerprint that the run pins. Empty before the first worker.
   */
  'engine': (string);
  'fingerprint': (string);
  /**
   * The run's folder on the coordinator's machine.
   */
  'folder': (string);
  /**
   * Workers that compute for it.
   */
  'workers': (number);
  /**
   * What holds the run up now, the worst first.
   */
  'hindrances': (_rondo_v1_Hindrance__Output)[];
  /**
   * Of the newest validation beside the loss, by name: accuracy, macroF1 …
   */
  'scores': ({[key: string]: number});
  '_loss'?: "loss";
  '_validationLoss'?: "validationLoss";
  '_secondsLeft'?: "secondsLeft";
}
