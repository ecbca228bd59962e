// The coordinator's brain: a state machine without I/O.

export * from './brain.ts';
export * from './messages.ts';
export { type BrainConfig, type BrainState, initialState, type Resumption, type Round } from './state.ts';
