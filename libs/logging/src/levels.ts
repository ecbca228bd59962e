// Which lines are written: a level for all components, and one for each that is named, as in `info,worker=debug`.

import { type Level, levels } from 'pino';

/** The parts of Rondo that write a log; the field `component`. */
export const components = ['coordinator', 'worker'] as const;
export type Component = (typeof components)[number];

export type LogLevel = Level | 'silent';

const knownLevels = [...Object.keys(levels.values), 'silent'] as LogLevel[];
const defaultLevel = 'info';

/** An operating fault: RONDO_LOG_LEVEL says what nobody understands. */
export class LogLevelFault extends Error {
  override readonly name = 'LogLevelFault';
  readonly code = 'bad-log-level';
}

/**
 * @param text the environment's RONDO_LOG_LEVEL: levels with commas between, each for one component (`worker=debug`) or for all
 *   others (`info`). Empty or undefined: info.
 * @throws LogLevelFault
 */
export function levelOf(component: Component, text: string | undefined): LogLevel {
  const chosen = new Map<string, LogLevel>();
  for (const part of (text ?? '').split(',').map((item) => item.trim())) {
    if (part === '') continue;
    const [, name, level] = /^(?:([^=]*)=)?(.*)$/s.exec(part) as unknown as [string, string | undefined, string];
    if (name !== undefined && !components.includes(name as Component)) {
      throw fault(text, `there is no component "${name}"; there are ${components.join(' and ')}`);
    }
    if (!knownLevels.includes(level as LogLevel)) {
      throw fault(text, `"${level}" is no level; take one of ${knownLevels.join(', ')}`);
    }
    const whom = name ?? 'all';
    if (chosen.has(whom)) throw fault(text, `it has two levels for ${whom}; keep one`);
    chosen.set(whom, level as LogLevel);
  }
  return chosen.get(component) ?? chosen.get('all') ?? defaultLevel;
}

const fault = (text: string | undefined, what: string) =>
  new LogLevelFault(`RONDO_LOG_LEVEL is "${text}": ${what}; for example info,worker=debug`);
