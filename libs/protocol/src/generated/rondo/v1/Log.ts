// Original file: ../../proto/rondo/v1/work.proto


/**
 * What a worker's log says of a run, for the run's own log. Neither side sends or takes more than the limits of
 * libs/protocol/src/log-limits.ts: what is beyond them is left out, and counted. Lines of a run that does not train are
 * ignored: they may come late.
 */
export interface Log {
  'run'?: (string);
  /**
   * 0 to 100, each a JSON object of at most 8 KiB with the texts `level` (info, warn, error or fatal), `time` (ISO 8601, UTC) and
   * `msg`. The coordinator sets `component`, `run` and `worker` itself.
   */
  'lines'?: (string)[];
  /**
   * Lines of this run that the worker left out since the last such message.
   */
  'dropped'?: (number);
}

/**
 * What a worker's log says of a run, for the run's own log. Neither side sends or takes more than the limits of
 * libs/protocol/src/log-limits.ts: what is beyond them is left out, and counted. Lines of a run that does not train are
 * ignored: they may come late.
 */
export interface Log__Output {
  'run': (string);
  /**
   * 0 to 100, each a JSON object of at most 8 KiB with the texts `level` (info, warn, error or fatal), `time` (ISO 8601, UTC) and
   * `msg`. The coordinator sets `component`, `run` and `worker` itself.
   */
  'lines': (string)[];
  /**
   * Lines of this run that the worker left out since the last such message.
   */
  'dropped': (number);
}
