// Training without I/O: optimizers, schedules, the reduction tree, a step, the ledger.

export * from './brain/index.ts';
export { canonicalJson, type Json, jsonHash } from './canonical-json.ts';
export { tensorsChecksum } from './checksum.ts';
export { type Floats, type NamedShape, sortedNames } from './floats.ts';
export {
  appendLine,
  genesisOf,
  type LedgerEntry,
  type LedgerLine,
  type LedgerNode,
  metricsHead,
  metricsRoot,
  type RunIdentity,
  specHash,
  textHash,
} from './ledger.ts';
export { type GradientFormat, gradientFormat } from './memory/format.ts';
export { ModelArrays, type SlotArrays } from './memory/model-arrays.ts';
export {
  createModelMemory,
  layOutBanks,
  type ModelMemory,
  type ModelMemorySize,
  mostSlots,
} from './memory/model-memory.ts';
export { SlotPool, slotsOfNode } from './memory/slot-pool.ts';
export { createOptimizer, type Optimizer } from './optimizers/optimizer.ts';
export { isExhausted, rankOf } from './patience.ts';
export { Progress } from './progress.ts';
export * from './reduction-tree.ts';
export { learningRateAt } from './schedule.ts';
export { type StepInputs, type StepResult, takeStep } from './step.ts';
export { type LedgerReport, type LineFault, type StepShape, verifyLedger } from './verify-ledger.ts';
