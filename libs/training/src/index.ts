// Training without I/O: optimizers, schedules, the reduction tree, a step, the ledger.

export * from './brain/index.ts';
export { canonicalJson, type Json, jsonHash } from './canonical-json.ts';
export { type Floats, sortedNames } from './floats.ts';
export {
  appendLine,
  type ChainReport,
  type LedgerEntry,
  type LedgerLine,
  type LedgerNode,
  ledgerRoot,
  verifyChain,
} from './ledger.ts';
export { modelOf } from './model.ts';
export { createOptimizer, type NamedShape, type Optimizer } from './optimizers/optimizer.ts';
export * from './reduction-tree.ts';
export { learningRateAt } from './schedule.ts';
export { type StepInputs, type StepResult, takeStepInto, tensorsChecksum } from './step.ts';
