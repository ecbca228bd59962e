// The coordinator: serves a cluster, keeps its runs.

export { coordinatorCommand } from './command.ts';
export type { LocalRunReply, LocalRunRequest } from './local-run.ts';
export { ReplayData, ReplayedRun } from './replayed-run.ts';
export { inspectJob } from './run-thread/client.ts';
