// The page that a run of the harness leaves: machine, faults, checks, recovery, goodput.

import { availableParallelism, cpus, release } from 'node:os';
import type { ChaosResult, FaultRecord } from './chaos.ts';
import { type Normal, normalOf, quantile } from './commits.ts';
import { rate, type Throughput, throughput } from './goodput.ts';
import { recoveries } from './recovery.ts';
import { type FaultKind, faultKinds } from './schedule.ts';

export function toMarkdown(result: ChaosResult): string {
  const { options, faults, checks, folder } = result;
  const blocks = [
    `# Chaos: ${faults.length} faults in ${options.minutes} minutes`,
    table(['', ''], facts(result)),
    '## Checks',
    table(
      ['', 'what', 'seen'],
      checks.map(({ passed, what, seen }) => [passed ? 'passed' : 'FAILED', what, seen.map(cell).join('<br>')]),
    ),
    ...(folder === undefined ? [] : [`Logs and runs are kept in ${folder}.`]),
    '## Goodput',
    ...goodputBlocks(result),
    '## Recovery',
    recoveryNote,
    table(['fault', 'count', 'p50, s', 'p99, s', 'longest, s', 'goal'], recoveryRows(result)),
    '## Faults',
    table(['kind', 'struck', 'what was seen of one'], faultRows(result)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

const recoveryNote =
  'By how much the slowest step under way during the fault took longer than a normal step, by the clock of the harness. ' +
  "A coordinator's kill is counted from the kill to the first commit afterwards, which may be of a step since the checkpoint that is taken again.";

const normalStep = ({ commits, calm, stormy }: ChaosResult): Normal =>
  normalOf(commits, calm.length > 0 ? calm : stormy);

function facts(result: ChaosResult): string[][] {
  const { options, calm } = result;
  return [
    ['date', new Date().toISOString().slice(0, 10)],
    [
      'processor',
      cpus()[0]
        .model.replaceAll(/\(R\)|\(TM\)/g, '')
        .trim(),
    ],
    ['cores', `${availableParallelism()} of ${cpus().length}`],
    ['system', `${process.platform} ${release()}, ${process.arch}`],
    ['Node', process.version],
    ['seed', String(options.seed)],
    ['workers', `${options.workers}, ${options.paceMs} ms a shard`],
    ['a run', `${options.steps} steps, a checkpoint every ${options.checkpointEvery}`],
    [`a step${calm.length > 0 ? ', without faults' : ''}`, `${normalStep(result).stepMs.toFixed(0)} ms (p50)`],
  ];
}

function goodputBlocks(result: ChaosResult): string[] {
  const { calm, stormy } = result;
  if (calm.length === 0) return ['Not measured: there was no fault-free time to compare with.'];
  const [without, withFaults] = [throughput(result, calm), throughput(result, stormy)];
  const row = (name: string, one: Throughput) => [
    name,
    String(one.sequences),
    one.workerSeconds.toFixed(1),
    rate(one).toFixed(3),
  ];
  return [
    `**${((100 * rate(withFaults)) / rate(without)).toFixed(2)} %**: committed sequences / (fault-free rate x worker time available). The goal is 98 %.`,
    table(
      ['', 'sequences', 'worker-seconds available', 'sequences a worker-second'],
      [
        ...calm.map((window, i) => row(`without faults, run ${i + 1}`, throughput(result, [window]))),
        row('without faults, all', without),
        row('with faults', withFaults),
      ],
    ),
  ];
}

const goals: { readonly [kind in FaultKind]?: string } = {
  'worker-kill': 'p50 below 0.3, p99 below 1',
  'worker-stop': 'below 3',
  partition: 'below 3',
  'coordinator-kill': 'below 3, and the steps since the checkpoint',
  'coordinator-kill-in-checkpoint': 'below 3, and the steps since the checkpoint',
};

function recoveryRows(result: ChaosResult): string[][] {
  const { faults, commits } = result;
  const normal = normalStep(result);
  const rows = Object.entries(recoveries(faults, commits, normal)).map(([kind, ms]) => [
    kind,
    String(ms.length),
    ...[0.5, 0.99, 1].map((share) => (quantile(ms, share) / 1000).toFixed(2)),
    goals[kind as FaultKind] ?? '',
  ]);
  return [...rows, ['(a normal step)', '', (normal.stepMs / 1000).toFixed(2), '', '', '']];
}

function faultRows({ faults, leftOut }: ChaosResult): string[][] {
  return Object.entries(faultKinds).map(([kind, { text }]) => {
    const reason = leftOut[kind as FaultKind];
    if (reason !== undefined) return [text, 'left out', cell(reason)];
    const ofKind = faults.filter(({ fault }) => fault.kind === kind);
    const struck = ofKind.flatMap((record) => ('strike' in record ? [record.strike] : []));
    return [text, `${struck.length} of ${ofKind.length}`, cell(struck[0]?.evidence ?? '')];
  });
}

/** One line a fault, for the log of a run that failed. */
export function describeFault({ fault, ...record }: FaultRecord): string {
  const outcome = 'strike' in record ? record.strike.evidence : record.failure;
  return `${fault.kind} of worker ${fault.worker} at ${fault.atMs} ms for ${fault.durationMs} ms: ${outcome}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
