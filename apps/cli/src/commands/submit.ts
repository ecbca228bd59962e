// `rondo submit`: queues a spec on a coordinator, and with --wait follows the run to its end.

import { CommandFault } from '@rondo/command';
import { parseJob } from '@rondo/spec';
import { type LossUnit, lossUnit } from '@rondo/tasks';
import { Command } from 'commander';
import { ConnectionLost } from '../cluster/call-fault.ts';
import {
  type ConnectionOptions,
  type CoordinatorClient,
  connectionFlags,
  withCoordinator,
} from '../cluster/coordinator-client.ts';
import { outcomeFault, validationSummary } from '../cluster/follow.ts';
import { followPastRestarts } from '../cluster/follow-past-restarts.ts';
import { viewOf } from '../runs/run-view.ts';
import { readSpecText, refuseSpec } from '../spec-file.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { ProgressReporter } from '../terminal/progress-reporter.ts';
import { catchSignals, signalStatus } from '../terminal/signals.ts';
import { jsonOption, setOption, withConnection } from './options.ts';

interface SubmitOptions extends ConnectionOptions {
  readonly set: readonly string[];
  readonly wait?: true;
  readonly json?: true;
}

export function submitCommand(): Command {
  return withConnection(new Command('submit'))
    .description('queue a spec on a coordinator; its paths are relative to the data root there')
    .argument('<spec>', 'a spec file')
    .addOption(setOption())
    .option('--wait', 'follow the run, and exit as it ends')
    .addOption(jsonOption())
    .action(submit);
}

function submit(file: string, options: SubmitOptions): Promise<void> {
  return withCoordinator(options, async (client) => {
    const spec = await readSpecText(file);
    const { run, faults } = await client.submit({ spec, file, overrides: options.set });
    if (faults.length > 0) throw refuseSpec(faults);
    if (options.wait) return follow(client, run, unitOf(spec, file, options.set), options);
    if (options.json) return printJson({ run });
    printLine(`submitted as ${run}`);
    printLine(followLine(run, options));
  });
}

/** Follows a run to its end; a signal ends the following, not the run. */
async function follow(client: CoordinatorClient, run: string, unit: LossUnit, options: SubmitOptions): Promise<void> {
  const { json } = options;
  const out = json ? process.stderr : process.stdout;
  const reporter = new ProgressReporter(out);
  const watching = new AbortController();
  const signals = catchSignals(() => {});
  void signals.first.then(() => watching.abort());
  try {
    reporter.note(`submitted as ${run}`);
    const { run: since } = await client.status(run);
    const following = { client, since, unit, reporter, signal: watching.signal };
    const status = await followPastRestarts(following).catch((error: unknown) => {
      if (!(error instanceof ConnectionLost)) throw error;
      reporter.end();
      throw new CommandFault(`${error.message}; ${run} goes on when it is back\n${followLine(run, options)}`);
    });
    reporter.end();
    if (watching.signal.aborted) {
      out.write(
        `${run} goes on; ${followLine(run, options)}\nend it: rondo cancel ${run} ${connectionFlags(options)}\n`,
      );
      process.exitCode = signalStatus(await signals.first);
      return;
    }
    if (json) printJson(viewOf(status));
    const fault = outcomeFault(status);
    if (fault !== undefined) throw fault;
    const summary = validationSummary(status, unit);
    if (summary !== undefined) out.write(`${summary}\n`);
    out.write(`fetch it: rondo fetch ${run} ${connectionFlags(options)}\n`);
  } finally {
    signals.release();
  }
}

const followLine = (run: string, connection: ConnectionOptions) =>
  `follow it: rondo logs ${run} -f ${connectionFlags(connection)}`;

/** What the coordinator took; read again for what its answer leaves out. */
function unitOf(spec: string, file: string, overrides: readonly string[]): LossUnit {
  const parsed = parseJob(spec, { file, overrides });
  return 'job' in parsed ? lossUnit(parsed.job.spec) : { name: '', perplexity: false };
}
