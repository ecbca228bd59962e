// Makes the logger that a process has: one destination, one level, stable field names.

import { type DestinationStream, destination, type Level, type Logger, levels, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';

export type { Logger };

export interface LoggerOptions {
  /** The part of Rondo that speaks, as in `coordinator`; the field `component`. */
  readonly name: string;
  /** The least severe level that is written. Default: the environment's RONDO_LOG_LEVEL, else `info`. */
  readonly level?: Level | 'silent';
  /** Takes whole lines. Default: standard error, because standard output is for results. */
  readonly stream?: DestinationStream;
  /** Takes every line too, as JSON: a run's own log. */
  readonly copy?: DestinationStream | undefined;
  /** For people instead of programs. Default: whether standard error is a terminal; `false` with a `stream`. */
  readonly pretty?: boolean;
}

/**
 * A logger whose lines have `level` (a word), `time` (ISO 8601, UTC), `component`, `msg`, and where they concern one, `run`,
 * `step` and `worker`: bind those with `logger.child({ run, worker })` or give them in a call, `logger.info({ step }, '...')`.
 * An error goes under `err`. Every line is written before the call returns, so `process.exit` loses none.
 * @throws Error when a level is none of pino's.
 */
export function createLogger({ name, level, stream, copy, pretty }: LoggerOptions): Logger {
  const onTerminal = stream === undefined && process.stderr.isTTY === true;
  const target = stream ?? destination({ dest: 2, sync: true });
  const shown = (pretty ?? onTerminal) ? readable(target, onTerminal && !process.env.NO_COLOR) : target;
  return pino(
    {
      level: level ?? levelOfEnvironment(),
      base: { component: name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    copy === undefined ? shown : both(shown, copy),
  );
}

function levelOfEnvironment(): string {
  const level = process.env.RONDO_LOG_LEVEL || 'info';
  const known = [...Object.keys(levels.values), 'silent'];
  if (known.includes(level)) return level;
  throw new Error(`RONDO_LOG_LEVEL is "${level}": set it to one of ${known.join(', ')}`);
}

function both(first: DestinationStream, second: DestinationStream): DestinationStream {
  return {
    write(line) {
      first.write(line);
      second.write(line);
    },
  };
}

function readable(target: DestinationStream, colorize: boolean): DestinationStream {
  const format = lineFormatter(colorize);
  return { write: (line) => target.write(format(line)) };
}

/** From a line of the log to one as in `[12:03:44.120] INFO: coordinator: committed {"run":"char-lm-1","step":20}`. */
export function lineFormatter(colorize: boolean): (line: string) => string {
  const format = prettyFactory({
    colorize,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{component}: {msg}',
    ignore: 'component',
  });
  return (line) => format(line) ?? line;
}
