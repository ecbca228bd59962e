// Simulation: the coordinator's brain under thousands of schedules of faults.

export type { Brain } from './brain.ts';
export { type Report, simulate } from './simulation.ts';
