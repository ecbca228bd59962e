// The documents of a run's folder: run.json, spec.yaml, preparation.json, and nothing that is no part of a run.

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatJob, parseJob, type TrainingJob, withoutLength } from '@rondo/spec';
import { isRunDocument, type RunDocument, readRunDocument, readRunFile, runPaths } from '@rondo/storage';
import { type RunIdentity, specHash, textHash } from '@rondo/training';
import { orReport, type Report } from './findings.ts';

/** Each absent where it cannot be read. */
export interface Documents {
  readonly document: RunDocument | undefined;
  readonly job: TrainingJob | undefined;
  /** SHA-256 of preparation.json. */
  readonly preparation: string | undefined;
}

export async function readDocuments(folder: string, report: Report): Promise<Documents> {
  const paths = runPaths(folder);
  const document = await orReport(report, paths.document, async () => {
    if (!isRunDocument(await readRunFile(paths.document))) report(paths.document, 'does not match its own hash');
    return readRunDocument(folder);
  });
  const job = await readJob(paths.spec, report);
  // A run that waits for its first turn has none yet.
  const opened = document === undefined || document.dataChecksum !== undefined;
  const preparation = opened
    ? await orReport(report, paths.preparation, async () => textHash(await readRunFile(paths.preparation)))
    : undefined;
  return { document, job, preparation };
}

async function readJob(path: string, report: Report): Promise<TrainingJob | undefined> {
  const text = await orReport(report, path, () => readRunFile(path));
  if (text === undefined) return undefined;
  const parsed = parseJob(text, { file: path });
  if ('faults' in parsed) {
    for (const { message, line } of parsed.faults) report(path, message, line);
    return undefined;
  }
  if (text !== formatJob(parsed.job)) report(path, 'is not spelled as it was written');
  return parsed.job;
}

/** Whether the documents are those of the run that a ledger tells of. */
export function checkIdentity(folder: string, run: RunIdentity, documents: Documents, report: Report): void {
  const paths = runPaths(folder);
  const { document, job, preparation } = documents;
  const other = 'is not the one that the ledger begins with';
  if (job !== undefined && specHash(withoutLength(job)) !== run.spec) report(paths.spec, other);
  if (preparation !== undefined && preparation !== run.preparation) report(paths.preparation, other);
  if (document !== undefined && document.dataChecksum !== run.data)
    report(paths.document, `its data checksum ${other}`);
}

/** Whether spec.yaml asks for as many steps as run.json says. @param stepsPerEpoch undefined where the ledger cannot tell. */
export function checkLength(
  folder: string,
  { document, job }: Documents,
  stepsPerEpoch: number | undefined,
  report: Report,
): void {
  if (document?.steps === undefined || job === undefined) return;
  const { steps, epochs } = job.spec.training;
  const wanted = steps ?? (epochs as number) * (stepsPerEpoch ?? Math.round(document.steps / (epochs as number)));
  if (wanted === document.steps) return;
  report(runPaths(folder).spec, `asks for ${wanted} steps, and run.json says ${document.steps}`);
}

/** Reports names in the run's own folder that no run has. Hidden ones are locks and what a crash left. */
export async function checkNames(folder: string, report: Report): Promise<void> {
  const own = new Set(Object.values(runPaths(folder)).map((path) => basename(path)));
  for (const name of await readdir(folder)) {
    const known = own.has(name) || name === 'checkpoints' || name.startsWith('.') || /^worker-\d+\.log$/.test(name);
    if (!known) report(join(folder, name), 'is no file of a run');
  }
}
