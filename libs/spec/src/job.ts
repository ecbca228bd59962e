// A training job as the program knows it: every default filled in, every value checked.

/** The content of a spec file. */
export interface TrainingJob {
  readonly apiVersion: 'rondo.dev/v1';
  readonly kind: 'TrainingJob';
  readonly metadata: { readonly name: string };
  readonly spec: JobSpec;
}

export interface JobSpec {
  readonly task: 'language-model';
  /** 0 to 2^53 - 1. Everything random follows from it. */
  readonly seed: number;
  readonly data: TextData;
  readonly model: ModelSpec;
  readonly training: TrainingSpec;
  readonly engine: EngineChoice;
}

export interface TextData {
  /** Files or globs, relative to the spec's folder or to the data root. */
  readonly text: readonly string[];
  readonly unit: 'character' | 'byte' | 'word';
  /** The last share of the text, 0 to below 1. */
  readonly validation: number;
}

export interface ModelSpec {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  /** Of an rnn. */
  readonly activation: 'tanh' | 'relu' | 'sigmoid';
  /** Of a gru. */
  readonly reset: 'after' | 'before';
  readonly layers: number;
  readonly hidden: number;
  readonly embedding: number;
  /** Share dropped, 0 to below 1. */
  readonly dropout: number;
  readonly tied: boolean;
  /** Weights to start from (safetensors), relative like the text. */
  readonly initial?: string | undefined;
}

export interface TrainingSpec {
  /** Sequences in a global batch; a multiple of `shards`. */
  readonly batch: number;
  /** Time steps. */
  readonly sequence: number;
  readonly shards: number;
  readonly stateful: boolean;
  readonly optimizer: OptimizerSpec;
  readonly schedule: ScheduleSpec;
  /** Largest norm of the whole gradient; absent: no clipping. */
  readonly clipNorm?: number | undefined;
  readonly gradients: GradientType;
  /** Exactly one of the two. */
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly validateEvery: number;
  readonly checkpointEvery: number;
  /** Checkpoints kept beside the best one. */
  readonly keep: number;
  readonly minWorkers: number;
  /** Let workers of different arithmetic fingerprints compute together. */
  readonly mixed: boolean;
  /** Share of the gradients' nodes that a second worker computes too before a step commits, 0 to 1. */
  readonly audit: number;
}

/**
 * What gradients are summed in and travel in. With 16 bits they take half the bytes on the wire, and every node of the
 * reduction tree is scaled by a power of two and rounded where it is computed, so that the result still does not depend
 * on who computes what. float16 keeps 11 bits and overflows at 65504, bfloat16 8 bits and float32's range.
 */
export type GradientType = 'float32' | 'float16' | 'bfloat16';

/** PyTorch's meanings and defaults. */
export type OptimizerSpec =
  | {
      readonly name: 'sgd';
      readonly learningRate: number;
      readonly momentum: number;
      readonly dampening: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    }
  | {
      readonly name: 'rmsprop';
      readonly learningRate: number;
      readonly alpha: number;
      readonly epsilon: number;
      readonly momentum: number;
      readonly weightDecay: number;
    }
  | {
      readonly name: 'adam' | 'adamw';
      readonly learningRate: number;
      readonly betas: readonly [number, number];
      readonly epsilon: number;
      readonly weightDecay: number;
    };

export type ScheduleSpec = {
  /** Steps of linear warm-up from 0. */
  readonly warmup: number;
} & (
  | { readonly name: 'constant' }
  /** `steps`: where the rate reaches 0; default: the run's steps when first started. */
  | { readonly name: 'cosine' | 'linear'; readonly steps?: number | undefined }
  | { readonly name: 'step'; readonly every: number; readonly gamma: number }
);

export type EngineChoice = 'auto' | 'webgpu' | 'cpu' | 'cpu-portable' | 'webasm' | 'js' | 'reference';
