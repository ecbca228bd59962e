// What must hold at the end: every fault struck, every run finished with the undisturbed bits, every ledger whole.

import { join } from 'node:path';
import type { RunStatus } from '@rondo/protocol';
import { readLog, runPaths } from '@rondo/storage';
import { type LedgerLine, verifyChain } from '@rondo/training';
import type { FaultRecord } from './chaos.ts';
import type { Cluster } from './cluster.ts';
import { checkpointHash } from './jobs.ts';

export interface Check {
  readonly what: string;
  readonly passed: boolean;
  /** What was seen, or what is wrong, item by item. */
  readonly seen: readonly string[];
}

export interface Expectations {
  /** Of every run. */
  readonly steps: number;
  /** The name of the undisturbed run. */
  readonly undisturbed: string;
  readonly faults: readonly FaultRecord[];
}

/** @param runs all of them, the undisturbed one too, which must be finished. */
export async function checkRuns(
  cluster: Cluster,
  runs: readonly RunStatus[],
  { steps, undisturbed, faults }: Expectations,
): Promise<Check[]> {
  const finished = runs.filter(({ name, phase }) => phase === 'PHASE_FINISHED' && name !== undisturbed);
  const folderOf = (name: string) => join(cluster.runs, name);
  const expected = checkpointHash(folderOf(undisturbed), steps);
  const missed = faults.flatMap(({ fault, ...record }) =>
    'failure' in record ? [`${fault.kind} at ${fault.atMs} ms ${record.failure}`] : [],
  );
  return [
    check('every fault struck', missed, `${faults.length} faults`),
    check('no process ended that nobody killed', cluster.unexpected, 'none'),
    check(
      'every run finished, or was cancelled by the harness before it began',
      runs
        .filter(({ phase, step }) => phase !== 'PHASE_FINISHED' && !(phase === 'PHASE_CANCELLED' && step === 0))
        .map(({ name, phase, reason, step }) => `${name}: ${phase} at step ${step}: ${reason}`),
      `${finished.length} finished`,
    ),
    check(
      "weights, optimizer's and recurrent state equal the undisturbed run's, bit for bit",
      finished
        .filter(({ name }) => hashOf(folderOf(name), steps) !== expected)
        .map(({ name }) => `${name}: ${firstDifference(folderOf(name), folderOf(undisturbed))}`),
      `${finished.length} runs, SHA-256 ${expected}`,
    ),
    check(
      'ledgers hold every step once, every shard once in each, chained without a gap',
      finished.flatMap(({ name }) => {
        const report = verifyChain(readLog(runPaths(folderOf(name)).ledger));
        if (!report.whole) return [`${name}: line ${report.line} ${report.fault}`];
        return report.step === steps ? [] : [`${name}: ends at step ${report.step}`];
      }),
      `${finished.length} ledgers of ${steps} steps`,
    ),
  ];
}

/** @param wrong items; none: passed. */
function check(what: string, wrong: readonly string[], seen: string): Check {
  return { what, passed: wrong.length === 0, seen: wrong.length === 0 ? [seen] : wrong };
}

function hashOf(folder: string, step: number): string {
  try {
    return checkpointHash(folder, step);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Where a run went another way than the undisturbed one, from their ledgers: for whoever looks for the cause. */
function firstDifference(folder: string, undisturbed: string): string {
  const [lines, expected] = [folder, undisturbed].map((one) =>
    readLog(runPaths(one).ledger).map((line) => JSON.parse(line) as LedgerLine),
  );
  const line = lines.find(({ gradient }, i) => gradient !== expected[i]?.gradient);
  if (line === undefined) return 'every gradient is the same, and the last checkpoint is not';
  const nodes = line.nodes.map(({ first, end, worker }) => `${first} to ${end} by ${worker}`);
  return `the gradient of step ${line.step} is another: ${nodes.join(', ')}`;
}
