// A training job as the program knows it: every default filled in, every value checked.

/** The content of a spec file. */
export interface TrainingJob {
  readonly apiVersion: 'rondo.dev/v1';
  readonly kind: 'TrainingJob';
  readonly metadata: { readonly name: string };
  readonly spec: JobSpec;
}

export type JobSpec =
  | LanguageModelJob
  | ClassificationJob
  | TaggingJob
  | TranslationJob
  | ForecastingJob
  | RegressionJob;

export type TaskName = JobSpec['task'];
/** The job of one task. */
export type JobOf<Name extends TaskName> = Extract<JobSpec, { task: Name }>;
/** The tasks that learn from a set of examples. */
export type ExampleJob = Exclude<JobSpec, LanguageModelJob>;

interface AnyJob {
  /** 0 to 2^53 - 1. Everything random follows from it. */
  readonly seed: number;
  readonly engine: EngineChoice;
}

export interface LanguageModelJob extends AnyJob {
  readonly task: 'language-model';
  readonly data: TextData;
  readonly model: LanguageModelSpec;
  readonly training: LanguageModelTraining;
}

export interface ClassificationJob extends AnyJob {
  readonly task: 'classification';
  readonly data: ClassificationData;
  readonly model: ClassifierSpec;
  readonly training: ClassifierTraining;
}

export interface TaggingJob extends AnyJob {
  readonly task: 'tagging';
  readonly data: TaggingData;
  readonly model: TaggerSpec;
  readonly training: TaggerTraining;
}

export interface TranslationJob extends AnyJob {
  readonly task: 'translation';
  readonly data: TranslationData;
  readonly model: TranslatorSpec;
  readonly training: TranslatorTraining;
}

export interface ForecastingJob extends AnyJob {
  readonly task: 'forecasting';
  readonly data: ForecastingData;
  readonly model: ForecasterSpec;
  readonly training: RegressionTraining<'rmse' | 'mae' | 'mase'>;
}

export interface RegressionJob extends AnyJob {
  readonly task: 'regression';
  readonly data: RegressionData;
  readonly model: RegressorSpec;
  readonly training: RegressionTraining<'mse' | 'r2'> & ExampleTraining;
}

export interface TextData {
  /** Files or globs, relative to the spec's folder or to the data root. */
  readonly text: readonly string[];
  readonly unit: 'character' | 'byte' | 'word' | 'byte-pair';
  /** Of byte-pair units. */
  readonly merges?: number | undefined;
  /** The last share of the text, 0 to below 1. */
  readonly validation: number;
}

/** What every task has that learns from a set of examples. */
export interface ExampleData {
  /** Files or globs, relative to the spec's folder or to the data root. */
  readonly train: readonly string[];
  readonly validate?: readonly string[] | undefined;
  /** Without `validate`: the share of the examples that validates, 0 to below 1. */
  readonly validation: number;
  readonly split: 'random' | 'last';
  /** Time steps; longer examples are left out. */
  readonly longest: number;
}

export interface ClassificationData extends ExampleData {
  readonly format: 'table' | 'idx' | 'npy';
  /** Columns of a table. */
  readonly input?: string | undefined;
  readonly label?: string | undefined;
  /** Files of classes beside IDX images. */
  readonly labels?: string | undefined;
  readonly validateLabels?: string | undefined;
  /** Of texts. */
  readonly unit?: 'word' | 'character' | undefined;
  readonly minCount: number;
}

export interface TaggingData extends ExampleData {
  readonly format: 'columns' | 'roles';
  /** Of columns: 1 is the first, -1 the last. */
  readonly token: number;
  readonly tag: number;
  readonly scheme: 'BIO' | 'IOB1' | 'BIOES' | 'plain';
  readonly lowercase: boolean;
  readonly zeroDigits: boolean;
  readonly minCount: number;
}

export interface TranslationData extends ExampleData {
  /** Columns of a table. */
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  /** What the lines of `train` and `validate` become, where that lies in files of their own. */
  readonly targets?: string | undefined;
  readonly validateTargets?: string | undefined;
  readonly unit: 'word' | 'character' | 'byte-pair';
  /** Of byte-pair units. */
  readonly merges?: number | undefined;
  readonly minCount: number;
}

/** Time series: a window of the past tells what comes. */
export interface ForecastingData {
  /** Files or globs, relative to the spec's folder or to the data root. */
  readonly train: readonly string[];
  readonly validate?: readonly string[] | undefined;
  /** Without `validate`: the last share of every series, 0 to below 1. */
  readonly validation: number;
  /** Columns that are forecast, and known up to now. */
  readonly targets: readonly string[];
  /** Columns that are known up to now. */
  readonly inputs: readonly string[];
  /** Columns that are known for the steps that are forecast, too. */
  readonly future: readonly string[];
  /** The column that tells the series of a file apart. */
  readonly series?: string | undefined;
  /** Steps that are read. */
  readonly past: number;
  /** Steps that are forecast. */
  readonly horizon: number;
  /** Steps from one window that trains to the next. */
  readonly stride: number;
  /** Steps of a season, of the naive forecasts and of MASE. */
  readonly season?: number | undefined;
  /** Targets are changes from so many steps before. */
  readonly difference?: number | undefined;
  /** Targets are logarithms. */
  readonly log: boolean;
  readonly scale: 'standard' | 'none';
}

/** Sequences of numbers, with a value a sequence or a step. */
export interface RegressionData extends ExampleData {
  readonly format: 'table' | 'npy';
  /** Columns of a table. */
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  /** The column that tells the sequences of a table apart, a row a step; absent: a row is a sequence. */
  readonly sequence?: string | undefined;
  /** Files of values beside .npy arrays. */
  readonly values?: string | undefined;
  readonly validateValues?: string | undefined;
  readonly scale: 'standard' | 'none';
}

/** The recurrent layers of a model. */
export interface RecurrentSpec {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  /** Of an rnn. */
  readonly activation: 'tanh' | 'relu' | 'sigmoid';
  /** Of a gru. */
  readonly reset: 'after' | 'before';
  readonly layers: number;
  readonly hidden: number;
  /** Of an lstm: width of its states h, below `hidden`; absent: `hidden`. */
  readonly projection?: number | undefined;
  /** Share dropped, 0 to below 1. */
  readonly dropout: number;
  /** `dropout` drops the same values at every time step. */
  readonly variational: boolean;
  /** Share of the weights between states left out, 0 to below 1. */
  readonly recurrentDropout: number;
  readonly normalization: 'none' | 'layer';
  readonly residual: boolean;
  readonly initializer: 'uniform' | 'orthogonal' | 'glorot';
  /** Of an lstm; absent: drawn. */
  readonly forgetBias?: number | undefined;
  /** Weights to start from (safetensors), relative like the data. */
  readonly initial?: string | undefined;
}

export interface LanguageModelSpec extends RecurrentSpec {
  readonly embedding: number;
  readonly tied: boolean;
}

export interface ClassifierSpec extends RecurrentSpec {
  readonly bidirectional: boolean;
  /** Of texts. */
  readonly embedding?: number | undefined;
  readonly pooling: 'last' | 'mean' | 'max' | 'attention';
}

export interface TaggerSpec extends RecurrentSpec {
  readonly bidirectional: boolean;
  readonly embedding: number;
  readonly characters?: CharactersSpec | undefined;
  /** Of roles: width of the predicate's mark. */
  readonly mark?: number | undefined;
  readonly output: 'crf' | 'softmax';
}

/** The layer that reads the characters of a word. */
export interface CharactersSpec {
  readonly embedding: number;
  readonly hidden: number;
  /** Characters of a word. */
  readonly longest: number;
}

export interface TranslatorSpec extends RecurrentSpec {
  readonly embedding: number;
  /** Of the encoder. */
  readonly bidirectional: boolean;
  readonly attention: 'none' | 'dot' | 'general' | 'additive';
  readonly tied: boolean;
}

export interface ForecasterSpec extends RecurrentSpec {
  /** The steps of a window that forecast, while training. */
  readonly output: 'last' | 'every';
}

export interface RegressorSpec extends RecurrentSpec {
  readonly bidirectional: boolean;
  readonly output: 'last' | 'mean' | 'max' | 'every';
}

/** What the training of every task has. */
export interface TrainingSpec {
  /** Sequences in a global batch; a multiple of `shards`. */
  readonly batch: number;
  readonly shards: number;
  readonly optimizer: OptimizerSpec;
  readonly schedule: ScheduleSpec;
  /** Largest norm of the whole gradient; absent: no clipping. */
  readonly clipNorm?: number | undefined;
  /** Largest magnitude of an element of the averaged gradient, cut before `clipNorm`; absent: none is cut. */
  readonly clipValue?: number | undefined;
  readonly gradients: GradientType;
  /** Exactly one of the two. */
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly validateEvery: number;
  readonly checkpointEvery: number;
  /** Of the validation: what the best checkpoint and `patience` go by. */
  readonly metric: string;
  /** Validations in a row without a better metric after which the run ends; absent: it goes on. */
  readonly patience?: number | undefined;
  /** Checkpoints kept beside the best one. */
  readonly keep: number;
  readonly minWorkers: number;
  /** Let workers of different arithmetic fingerprints compute together. */
  readonly mixed: boolean;
  /** Share of the gradients' nodes that a second worker computes too before a step commits, 0 to 1. */
  readonly audit: number;
}

export interface LanguageModelTraining extends TrainingSpec {
  /** Time steps. */
  readonly sequence: number;
  readonly stateful: boolean;
}

/** Of the tasks that learn from a set of examples. */
export interface ExampleTraining extends TrainingSpec {
  /** Shapes that batches come in, at most. */
  readonly buckets: number;
}

export interface ClassifierTraining extends ExampleTraining {
  readonly classWeights: 'none' | 'balanced';
  readonly labelSmoothing: number;
}

export type TaggerTraining = ExampleTraining;

export interface TranslatorTraining extends ExampleTraining {
  readonly labelSmoothing: number;
}

/** Of the tasks whose targets are numbers. */
export interface RegressionTraining<Metric extends string> extends TrainingSpec {
  readonly metric: 'loss' | Metric;
  readonly loss: 'squared' | 'absolute' | 'huber';
  /** Of huber: where the loss goes on in a straight line. */
  readonly delta: number;
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
