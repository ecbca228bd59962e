// The engines of this machine: made by name, or the best that works.

export { createEngine } from './create-engine.ts';
export { EngineFault, openEngine } from './open-engine.ts';
