// What must hold at the end: every fault struck, every run finished with the undisturbed bits, every ledger whole.

import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunStatus } from '@rondo/protocol';
import { readLog, runPaths } from '@rondo/storage';
import type { LedgerLine } from '@rondo/training';
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
      '`rondo verify` finds every run whole',
      await faultsFound(finished.map(({ name }) => folderOf(name))),
      `${finished.length} ledgers of ${steps} steps`,
    ),
  ];
}

/** @param wrong items; none: passed. */
function check(what: string, wrong: readonly string[], seen: string): Check {
  return { what, passed: wrong.length === 0, seen: wrong.length === 0 ? [seen] : wrong };
}

/** src/ and dist/ lie equally deep, so one path serves both. */
const rondo = fileURLToPath(new URL('../../apps/cli/bin/rondo.mjs', import.meta.url));

/** What `rondo verify` says of the runs that are not whole. */
async function faultsFound(folders: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const folder of folders) {
    try {
      await promisify(execFile)(process.execPath, [rondo, 'verify', folder]);
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      faults.push(`${basename(folder)}: ${stdout}${stderr}`);
    }
  }
  return faults;
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
