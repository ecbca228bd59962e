// `rondo submit`: queues a spec on a coordinator, and with --wait follows the run to its end.

import { CommandFault } from '@rondo/command';
import { Command } from 'commander';
import { type CoordinatorClient, withCoordinator } from '../cluster/coordinator-client.ts';
import { followRun, outcomeFault, validationSummary } from '../cluster/follow.ts';
import { viewOf } from '../runs/run-view.ts';
import { readSpecText, refuseSpec } from '../spec-file.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { ProgressReporter } from '../terminal/progress-reporter.ts';
import { coordinatorOption, jsonOption, setOption } from './options.ts';

interface SubmitOptions {
  readonly coordinator: string;
  readonly set: readonly string[];
  readonly wait?: true;
  readonly json?: true;
}

export function submitCommand(): Command {
  return new Command('submit')
    .description('queue a spec on a coordinator; its paths are relative to the data root there')
    .argument('<spec>', 'a spec file')
    .addOption(coordinatorOption().makeOptionMandatory())
    .addOption(setOption())
    .option('--wait', 'follow the run, and exit as it ends')
    .addOption(jsonOption())
    .action(submit);
}

function submit(file: string, options: SubmitOptions): Promise<void> {
  return withCoordinator(options.coordinator, async (client) => {
    const spec = await readSpecText(file);
    const { run, faults } = await client.submit({ spec, file, overrides: options.set });
    if (faults.length > 0) throw refuseSpec(faults);
    if (options.wait) return follow(client, run, options);
    if (options.json) return printJson({ run });
    printLine(`submitted as ${run}`);
    printLine(`follow it: rondo logs ${run} -f --coordinator ${options.coordinator}`);
  });
}

async function follow(client: CoordinatorClient, run: string, { coordinator, json }: SubmitOptions): Promise<void> {
  const out = json ? process.stderr : process.stdout;
  const reporter = new ProgressReporter(out);
  reporter.note(`submitted as ${run}`);
  const { run: since } = await client.status(run);
  if (since === null) throw new CommandFault(`the coordinator says nothing about ${run}`);
  const status = await followRun({ client, since, unit: 'token', reporter });
  reporter.end();
  if (json) printJson(viewOf(status));
  const fault = outcomeFault(status);
  if (fault !== undefined) throw fault;
  const summary = validationSummary(status, 'token');
  if (summary !== undefined) out.write(`${summary}\n`);
  out.write(`fetch it: rondo fetch ${run} --coordinator ${coordinator}\n`);
}
