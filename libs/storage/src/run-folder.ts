// A run's folder: its files, who may use it, and what it says about itself.

import { access, constants, mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { textHash } from '@rondo/training';
import { removeTemporaries, replaceFile } from './files.ts';
import { type FolderLock, holderOf, lockedFault, lockFolder } from './lock.ts';
import { makeFolder } from './make-folder.ts';
import { isSystemError, RunFault } from './run-fault.ts';

export const runPhases = ['queued', 'waiting', 'training', 'paused', 'finished', 'cancelled', 'failed'] as const;
export type RunPhase = (typeof runPhases)[number];

/** Whether a run in this phase will never go on by itself, nor be taken up again by a coordinator. */
export function isOver(phase: RunPhase): boolean {
  return phase === 'finished' || phase === 'cancelled' || phase === 'failed';
}

/** A TrainingJob of a cluster: a namespace and a name can come again, a uid cannot. */
export interface RunResource {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** `run.json`. */
export interface RunDocument {
  readonly name: string;
  readonly phase: RunPhase;
  /** Why the run is in this phase. */
  readonly reason: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Who submitted it, by the name on the certificate or the token. */
  readonly owner?: string | undefined;
  /** The Kubernetes resource that the run belongs to. */
  readonly resource?: RunResource | undefined;
  /** What computes; absent before the first worker. */
  readonly engine?: string | undefined;
  readonly fingerprint?: string | undefined;
  /** SHA-256 of the preparation and of what is trained and validated on; absent before the run was first opened. */
  readonly dataChecksum?: string | undefined;
  /** Of the whole run, which only the data tell where the spec counts epochs; absent before the run was first opened. */
  readonly steps?: number | undefined;
  /** Workers that get no more work of this run, by name, and why. */
  readonly aside?: Readonly<Record<string, string>> | undefined;
  /** The last step of a run that ended early, see `training.patience`. */
  readonly endedAt?: number | undefined;
  /** The newest step and the newest checkpoint (0: none) when it was last put down in order; absent while it trains. */
  readonly stoppedAt?: { readonly step: number; readonly checkpoint: number } | undefined;
  /** The folder that the spec's paths were relative to when the run was last opened. */
  readonly base?: string | undefined;
}

export interface RunPaths {
  readonly spec: string;
  readonly document: string;
  readonly preparation: string;
  readonly metrics: string;
  readonly ledger: string;
  readonly log: string;
}

export function runPaths(folder: string): RunPaths {
  return {
    spec: join(folder, 'spec.yaml'),
    document: join(folder, 'run.json'),
    preparation: join(folder, 'preparation.json'),
    metrics: join(folder, 'metrics.jsonl'),
    ledger: join(folder, 'ledger.jsonl'),
    log: join(folder, 'log.jsonl'),
  };
}

const folderLimit = 1_000_000;

/** Makes `<root>/<name>-<n>`, n the first free number; two processes never get the same one. @returns its path. */
export async function createRunFolder(root: string, name: string): Promise<string> {
  await makeFolder(root);
  for (let number = 1; number <= folderLimit; number++) {
    const folder = join(root, `${name}-${number}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
  }
  throw new RunFault('run-not-empty', `${root}: ${folderLimit} runs are named ${name}; choose another folder`);
}

export interface OpenRun {
  readonly folder: string;
  readonly paths: RunPaths;
  /** Nothing was there: a new run. */
  readonly isNew: boolean;
  /** Gives the folder free. */
  release(): Promise<void>;
}

export interface OpenRunOptions {
  /** Go on with the run that is there; false: the folder must be empty. Names that start with a dot do not count. */
  readonly resume: boolean;
  /** Another process took the folder over, since this one stood still for long: write nothing more. */
  readonly onLost: (fault: RunFault) => void;
}

/**
 * Makes the folder if need be and locks it for this process.
 * @throws RunFault `run-locked`; `run-not-empty` without `resume`; `run-missing` when what is there is no run;
 * `run-no-folder`.
 */
export async function openRun(folder: string, { resume, onLost }: OpenRunOptions): Promise<OpenRun> {
  await makeFolder(folder);
  const lock = await lockFolder(folder, onLost);
  try {
    const run = await inspect(folder, resume);
    await removeTemporaries([run.paths.spec, run.paths.preparation, run.paths.document]);
    return { ...run, release: lock.release };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Looks whether openRun would take the folder now, and leaves nothing behind: for a fault before anything is begun.
 * @throws RunFault as openRun does.
 */
export async function expectUsable(folder: string, { resume }: Pick<OpenRunOptions, 'resume'>): Promise<void> {
  const made = await makeFolder(folder);
  try {
    await access(folder, constants.W_OK).catch(({ message }: Error) => {
      throw new RunFault('run-no-folder', `${folder}: cannot be written to (${message}); choose another folder`);
    });
    const holder = await holderOf(folder);
    if (holder !== undefined) throw lockedFault(folder, holder);
    await inspect(folder, resume);
  } finally {
    for (const path of made.toReversed()) await rmdir(path);
  }
}

async function inspect(folder: string, resume: boolean): Promise<Omit<OpenRun, keyof FolderLock>> {
  const paths = runPaths(folder);
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  if (names.length === 0) return { folder, paths, isNew: true };
  if (!resume) {
    throw new RunFault('run-not-empty', `${folder}: is not empty; choose another folder, or go on with it: --resume`);
  }
  if (!names.includes('spec.yaml')) throw new RunFault('run-missing', `${folder}: holds no run (no spec.yaml)`);
  return { folder, paths, isNew: false };
}

export async function writeRunDocument(folder: string, document: RunDocument): Promise<void> {
  await replaceFile(runPaths(folder).document, documentText(document));
}

/** With a `hash`: SHA-256 of the document without it, as JSON without white space. */
function documentText(document: RunDocument): string {
  return `${JSON.stringify({ ...document, hash: textHash(JSON.stringify(document)) }, undefined, 2)}\n`;
}

/** Whether a text is what `writeRunDocument` wrote, to the byte. */
export function isRunDocument(text: string): boolean {
  try {
    const { hash: _, ...document } = JSON.parse(text);
    return text === documentText(document);
  } catch {
    return false;
  }
}

/** A run is called what its folder is called now, also when it was moved. @throws RunFault `run-missing` or `run-damaged`. */
export async function readRunDocument(folder: string): Promise<RunDocument> {
  const path = runPaths(folder).document;
  const text = await readRunFile(path);
  const damaged = (what: string) => new RunFault('run-damaged', `${path}: ${what}; restore it from a copy`);
  let document: Partial<Record<keyof RunDocument, unknown>>;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw damaged(`is no JSON (${(error as Error).message})`);
  }
  for (const key of ['name', 'phase', 'reason', 'createdAt'] as const) {
    if (typeof document?.[key] !== 'string') throw damaged(`has no ${key}`);
  }
  if (!(runPhases as readonly unknown[]).includes(document.phase)) {
    throw damaged(`has an unknown phase ${JSON.stringify(document.phase)}`);
  }
  const { hash: _, ...rest } = document as RunDocument & { hash?: string };
  return { ...rest, name: basename(resolve(folder)) };
}

/** Text of one of `runPaths`. @throws RunFault `run-missing` when it is not there. */
export async function readRunFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new RunFault('run-missing', `${path}: is not there; is this the folder of a run?`);
  }
}
