// Runs on disk: folders, checkpoints, logs.

export {
  bestStep,
  type Checkpoint,
  type CheckpointPart,
  type CheckpointState,
  type CheckpointTensors,
  checkpointPath,
  listCheckpoints,
  loadCheckpoint,
  newestWhole,
  pruneCheckpoints,
  type Refused,
  removeCheckpointsAfter,
  setCheckpointAside,
  tidyCheckpoints,
  writeCheckpoint,
} from './checkpoint.ts';
export { readHashed, replaceFile, syncPath } from './files.ts';
export { holderOf } from './lock.ts';
export { LogFile, readLog } from './log-files.ts';
export { streamLog } from './log-stream.ts';
export { makeFolder } from './make-folder.ts';
export { isDiskFault, RunFault, type RunFaultCode } from './run-fault.ts';
export {
  createRunFolder,
  expectUsable,
  isOver,
  isRunDocument,
  type OpenRun,
  type OpenRunOptions,
  openRun,
  type RunDocument,
  type RunPaths,
  type RunPhase,
  type RunResource,
  readRunDocument,
  readRunFile,
  runPaths,
  runPhases,
  writeRunDocument,
} from './run-folder.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  expectTensors,
  readSafetensors,
  type StoredTensor,
  type StoredTensors,
} from './safetensors.ts';
export { SharedLog } from './shared-log.ts';
