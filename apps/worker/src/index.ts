// A worker: computes nodes of the reduction tree for a coordinator.

export { workerCommand } from './command.ts';
export { computeShard } from './compute/compute-shard.ts';
export { probe } from './compute/engines.ts';
export type { EngineReport, ProbeResult } from './compute/messages.ts';
export { shareNode } from './compute/shared-node.ts';
export { notesOnForced } from './forced-kernels.ts';
export { startWorker } from './worker.ts';
export { WorkerLog } from './worker-log.ts';
