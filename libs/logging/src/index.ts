// Logs: pino's JSON lines with fields that keep their names, or the same lines readable on a terminal.

export { type Component, components, LogLevelFault } from './levels.ts';
export { createLogger, type Logger, type LoggerOptions, lineFormatter } from './logger.ts';
