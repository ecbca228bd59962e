// What this process may use of its machine.

export { physicalCores } from './cores.ts';
export { memoryLimitBytes } from './memory.ts';
