// Files to tokens and examples, lanes and batches: deterministic, and resumable at any step.

export { type BatchPlan, planBytes, shardShapes, sharePlan, trainingBatches, validationBatches } from './batch-plan.ts';
export {
  type Batches,
  createBatches,
  createValidation,
  type StepPlace,
  splitTokens,
  type ValidationBatches,
} from './batches.ts';
export { type Buckets, chooseBuckets, type Extents } from './buckets.ts';
export { type Column, type Columns, floatColumn, integerColumn, pick, type Split, splitExamples } from './columns.ts';
export { type ExamplePlan, type ExampleValidation, exampleValidation, paddingShare } from './example-batches.ts';
export { DataFault, type DataFaultCode } from './fault.ts';
export type { Feed } from './feeds.ts';
export { type ReadOptions, readText, type Text } from './read-text.ts';
export { buildVocabulary, parseVocabulary, type Vocabulary, type VocabularyJson } from './vocabulary.ts';
