// metrics.jsonl beside the ledger: a line a step, chained as the ledger says, its numbers those of the step.

import type { JobSpec } from '@rondo/spec';
import { type LedgerLine, learningRateAt, metricsHead, metricsRoot } from '@rondo/training';

export interface MetricsContext {
  /** By step - 1; undefined where a line is not what was written. */
  readonly ledger: readonly (LedgerLine | undefined)[];
  readonly spec: JobSpec;
  /** Of the whole run. */
  readonly steps: number;
  /** Undefined in a finished run; else the newest checkpoint's step: a crash may take lines past it from either log. */
  readonly kept: number | undefined;
  /** The last step of a run that was put down in order. */
  readonly stoppedAt: number | undefined;
}

/** The chain's head after a line, and what the line says. */
interface MetricsPoint {
  readonly head: string;
  readonly loss: number | null;
}

export interface MetricsReport {
  /** By step. */
  readonly steps: ReadonlyMap<number, MetricsPoint>;
  readonly validations: ReadonlyMap<number, MetricsPoint>;
}

type Line = Readonly<Record<string, unknown>> & { readonly step: number };

/** @param report hears of a line, from 1, or of the file. */
export function checkMetrics(
  texts: readonly string[],
  context: MetricsContext,
  report: (what: string, line?: number) => void,
): MetricsReport {
  const steps = new Map<number, MetricsPoint>();
  const validations = new Map<number, MetricsPoint>();
  let head = metricsRoot;
  let last = 0;
  for (const [index, text] of texts.entries()) {
    const fault = (what: string) => report(what, index + 1);
    const line = parse(text);
    head = metricsHead(head, text);
    if (line?.split === 'validation') {
      if (line.step !== last || validations.has(last)) fault(`is a validation of step ${line.step} after step ${last}`);
      for (const what of validationFaults(line, context)) fault(what);
      validations.set(line.step, { head, loss: line.loss as number | null });
      continue;
    }
    if (line === undefined) fault('is no line of metrics');
    else if (line.step !== last + 1) fault(`is step ${line.step}, expected ${last + 1}`);
    last = line?.step ?? last + 1;
    const entry = context.ledger[last - 1];
    if (entry !== undefined && entry.metrics !== head) {
      if (line !== undefined) fault(`is not what was written, or what stands between it and step ${last - 1} is not`);
      // From here on the ledger is followed, so that one change is one finding.
      head = entry.metrics;
    } else if (line !== undefined) {
      for (const what of stepFaults(line, entry, context)) fault(what);
    }
    steps.set(last, { head, loss: line?.loss as number | null });
  }
  for (const what of extentFaults(last, validations, context)) report(what);
  return { steps, validations };
}

function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text);
    return Number.isSafeInteger(line?.step) && line.step >= 0 ? line : undefined;
  } catch {
    return undefined;
  }
}

function stepFaults(line: Line, entry: LedgerLine | undefined, { spec, steps }: MetricsContext): string[] {
  const { optimizer, schedule, batch } = spec.training;
  return differing(line, {
    epoch: entry?.epoch ?? line.epoch,
    workers: entry === undefined ? line.workers : new Set(entry.nodes.map(({ worker }) => worker)).size,
    // How many targets examples have, and what they weigh, only the data tell.
    tokens: 'sequence' in spec.training ? batch * spec.training.sequence : line.tokens,
    learningRate: learningRateAt(line.step, optimizer.learningRate, schedule, steps),
  });
}

function differing(line: Line, expected: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => line[name] !== value)
    .map(([name, value]) => `has ${name} ${JSON.stringify(line[name])}, expected ${JSON.stringify(value)}`);
}

const validates = ({ data }: JobSpec) => data.validation > 0 || ('validate' in data && data.validate !== undefined);

function validationFaults(line: Line, { ledger, spec }: MetricsContext): string[] {
  if (!validates(spec)) return ['is a validation, and the spec has none'];
  return differing(line, { epoch: ledger[line.step - 1]?.epoch ?? line.epoch });
}

/** What is missing, at the end or between. */
function extentFaults(
  last: number,
  validations: ReadonlyMap<number, MetricsPoint>,
  { ledger, spec, kept, stoppedAt }: MetricsContext,
): string[] {
  const faults: string[] = [];
  const fits = kept === undefined ? last === ledger.length : last >= Math.min(kept, ledger.length);
  if (!fits) faults.push(`ends with step ${last}, the ledger with step ${ledger.length}`);
  else if (stoppedAt !== undefined && last !== stoppedAt)
    faults.push(`ends with step ${last}, and run.json says ${stoppedAt}`);
  // That of the last step may still be under way; a finished run's checkpoint knows of it.
  const { validateEvery } = spec.training;
  for (let step = validateEvery; validates(spec) && step < last; step += validateEvery) {
    if (!validations.has(step)) faults.push(`has no validation of step ${step}`);
  }
  return faults;
}
