// The coordinator's brain: a state machine without I/O.

export { nodesWaiting } from './assignment.ts';
export { auditDue } from './audit.ts';
export * from './brain.ts';
export { type Hindrance, hindrances, reportWorkers, type Senses, silenceMs, type WorkerReport } from './diagnosis.ts';
export { workersNeeded } from './eligibility.ts';
export * from './messages.ts';
export { type Attempt, type BrainConfig, type BrainState, initialState, type Resumption, type Round } from './state.ts';
export { validationDue } from './validation.ts';
export { attempts, taskOf } from './workers.ts';
