// Makes the logger that a process has: one destination, one level, stable field names.

import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type Component, type LogLevel, levelOf } from './levels.ts';

export type { Logger };

export interface LoggerOptions {
  /** The part of Rondo that speaks, as in `coordinator`; the field `component`. */
  readonly name: Component;
  /** The least severe level that is written. Default: what the environment's RONDO_LOG_LEVEL says of it, else `info`. */
  readonly level?: LogLevel;
  /** What each line concerns at the moment, beside what a call gives and before it. */
  readonly context?: () => { readonly run?: string | undefined; readonly worker?: string | undefined };
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
 * @throws LogLevelFault
 */
export function createLogger({ name, level, context, stream, copy, pretty }: LoggerOptions): Logger {
  const onTerminal = stream === undefined && process.stderr.isTTY === true;
  const target = stream ?? destination({ dest: 2, sync: true });
  const shown = (pretty ?? onTerminal) ? readable(target, onTerminal && !process.env.NO_COLOR) : target;
  return pino(
    {
      level: level ?? levelOf(name, process.env.RONDO_LOG_LEVEL),
      base: { component: name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(context && { mixin: () => ({ ...context() }) }),
    },
    copy === undefined ? shown : both(shown, copy),
  );
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

/** What a terminal would obey instead of showing it, as it stands in JSON. */
const commands = /(\\\\)|\\[bfr]|\\u00(?:0[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f])|[\u007f-\u009f]/gi;

/**
 * From a line of the log to one as in `[12:03:44.120] INFO: coordinator: committed {"run":"char-lm-1","step":20}`. It holds no
 * command to a terminal but colours: a worker's words are another machine's.
 */
export function lineFormatter(colorize: boolean): (line: string) => string {
  const format = prettyFactory({
    colorize,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{component}: {msg}',
    ignore: 'component',
  });
  return (line) => {
    const harmless = line.replace(commands, (_, backslash?: string) => backslash ?? '\ufffd');
    return format(harmless) ?? harmless;
  };
}
