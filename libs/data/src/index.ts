// Files to records, tokens, examples, lanes and batches: deterministic, and resumable at any step.

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
export { type BytePairJson, type BytePairOptions, type BytePairs, learnBytePairs } from './byte-pair.ts';
export { type Column, type Columns, floatColumn, integerColumn, pick, type Split, splitExamples } from './columns.ts';
export { type ExamplePlan, type ExampleValidation, exampleValidation, paddingShare } from './example-batches.ts';
export { DataFault, type DataFaultCode } from './fault.ts';
export type { Feed } from './feeds.ts';
export { compareCodePoints, type DataFile, type FindOptions, findFiles, isBelow, namesOutside } from './files.ts';
export { type ReadOptions, readText, type Text } from './read-text.ts';
export { type ColumnOptions, readColumns, type TaggedSentence } from './readers/columns.ts';
export { readLines } from './readers/content.ts';
export { readIdx } from './readers/idx.ts';
export { tableOfRows } from './readers/json-lines.ts';
export { type LabelledArray, readNpy, readNpyFolder } from './readers/npy.ts';
export { checkFinite, type NumberArray, type Numbers } from './readers/numbers.ts';
export { type PairFiles, type Pairs, readPairs } from './readers/pairs.ts';
export { readTable } from './readers/read-table.ts';
export { type RoleRecord, readRoles } from './readers/roles.ts';
export type { Table } from './readers/table.ts';
export type { TagScheme } from './readers/tag-schemes.ts';
export {
  parseTokenVocabulary,
  type TokenVocabulary,
  type TokenVocabularyJson,
  type TokenVocabularyOptions,
  tokenVocabulary,
} from './token-vocabulary.ts';
export { detokenize, type Tokenization, tokenize } from './tokenize.ts';
export { buildVocabulary, parseVocabulary, type Vocabulary, type VocabularyJson } from './vocabulary.ts';
