// A worker: computes nodes of the reduction tree for a coordinator.

export { workerCommand } from './command.ts';
export { createEngine, probe } from './compute/engines.ts';
export type { EngineReport, ProbeResult } from './compute/messages.ts';
export { notesOnForced } from './forced-kernels.ts';
export { startWorker } from './worker.ts';
