// Text files to tokens, lanes and shard batches: deterministic, and resumable at any step.

export {
  type Batches,
  type BatchShape,
  createBatches,
  createValidation,
  type Position,
  type ShardBatch,
  splitTokens,
  type Validation,
} from './batches.ts';
export { DataFault, type DataFaultCode } from './fault.ts';
export { type ReadOptions, readText, type Text } from './read-text.ts';
export { buildVocabulary, parseVocabulary, type Vocabulary, type VocabularyJson } from './vocabulary.ts';
