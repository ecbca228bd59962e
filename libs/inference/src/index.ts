// Trained models: loaded from the folder of a run, they predict, write text, read streams and are judged.

export type { ExampleEvaluation, ExampleRun, JudgeOptions, PredictOptions, WriteOptions } from './example-run.ts';
export type { ExampleStream } from './example-stream.ts';
export type { GenerationOptions } from './generate-text.ts';
export type { LanguageRun, TextEvaluation } from './language-run.ts';
export type { Expectation, LanguageStream } from './language-stream.ts';
export { type LoadOptions, loadRun, type TrainedRun } from './load-run.ts';
export type { ReadOptions, Run } from './run.ts';
export type { CheckpointChoice } from './stored-run.ts';
