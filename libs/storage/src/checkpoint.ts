// Checkpoints: `checkpoints/step-00000200/` with the tensors and `state.json`, which holds the checksum of every file.
// One is written beside its place, synced, then renamed; what is incomplete or changed is never loaded.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, jsonHash } from '@rondo/training';
import { readHashed, syncPath, writeSynced } from './files.ts';
import { isSystemError, RunFault } from './run-fault.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor, type StoredTensors } from './safetensors.ts';

export type CheckpointPart = 'weights' | 'optimizer' | 'recurrent';

/** What a run goes on from, beside the tensors. */
export interface CheckpointState {
  /** Committed steps. */
  readonly step: number;
  /** Of the next step, from 0, and the steps of that epoch that are done. */
  readonly epoch: number;
  readonly stepInEpoch: number;
  /** Hash of the last ledger line. */
  readonly ledgerHead: string;
  /** The head of the chain over metrics.jsonl, a validation of this step included where `validationLoss` is. */
  readonly metricsHead: string;
  /** Nats a target, where a validation ran at this step. */
  readonly validationLoss?: number | undefined;
  /** Of that validation, by `training.metric`: the checkpoint with the lowest is the best. */
  readonly rank?: number | undefined;
  readonly engine: string;
  readonly fingerprint: string;
  /** Up to which step workers are trusted, by name; of those that an audit has not confirmed since. */
  readonly doubts?: Readonly<Record<string, number>> | undefined;
}

export interface CheckpointTensors {
  readonly weights: StoredTensors;
  readonly optimizer: StoredTensors;
  /** With `stateful`: `<shard>/<state>`. */
  readonly recurrent?: StoredTensors | undefined;
}

export interface Checkpoint {
  readonly path: string;
  readonly state: CheckpointState;
  /** Of the parts asked for, those that the checkpoint has. */
  readonly tensors: { readonly [part in CheckpointPart]?: Readonly<Record<string, StoredTensor>> };
}

interface StateFile extends CheckpointState {
  /** SHA-256 by file name. */
  readonly files: { readonly [name: string]: string };
  /** SHA-256 of this document's canonical JSON without `hash`. */
  readonly hash: string;
}

const stateName = 'state.json';
const partNames = ['weights', 'optimizer', 'recurrent'] as const;
const fileOf = (part: CheckpointPart) => `${part}.safetensors`;

const checkpointsOf = (run: string) => join(run, 'checkpoints');

/** The place of a step's checkpoint in a run's folder, whether it is there or not. */
export function checkpointPath(run: string, step: number): string {
  return join(checkpointsOf(run), folderName(step));
}

const folderName = (step: number) => `step-${String(step).padStart(8, '0')}`;

/**
 * Writes a checkpoint, in the place of one of the same step if there is one. Durable once the promise settles; when it
 * fails, every checkpoint that was there is there still. Needs no memory beside the tensors' own. Only for the process that
 * holds the run's lock, one at a time.
 * @param tensors must not change before the promise settles.
 * @returns milliseconds of hashing: all that the writing takes of this thread.
 */
export async function writeCheckpoint(
  run: string,
  state: CheckpointState,
  tensors: CheckpointTensors,
): Promise<number> {
  const parent = checkpointsOf(run);
  const name = folderName(state.step);
  const temporary = join(parent, `.${name}-${process.pid}`);
  await mkdir(parent, { recursive: true });
  // What an attempt on a failing disk has left is in the way of the next, on a full disk above all.
  await tidyCheckpoints(run);
  let hashMs: number;
  try {
    await mkdir(temporary);
    hashMs = await writeFiles(temporary, state, tensors);
    await syncPath(temporary);
    await putInPlace(parent, temporary, name);
  } catch (error) {
    // Where this fails too, the first reason is the one to know.
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  await syncPath(parent);
  // The first checkpoint made its parent folder too.
  await syncPath(run);
  return hashMs;
}

async function writeFiles(folder: string, state: CheckpointState, tensors: CheckpointTensors): Promise<number> {
  const files: Record<string, string> = {};
  let hashMs = 0;
  for (const part of partNames) {
    const content = tensors[part];
    if (content === undefined) continue;
    const written = await writeSynced(join(folder, fileOf(part)), encodeSafetensors(content));
    files[fileOf(part)] = written.sha256;
    hashMs += written.hashMs;
  }
  const document = { ...state, files };
  await writeSynced(join(folder, stateName), [new TextEncoder().encode(stateText(document))]);
  return hashMs;
}

function stateText(document: Omit<StateFile, 'hash'>): string {
  return `${canonicalJson({ ...document, hash: jsonHash(document as never) } as never)}\n`;
}

/** A checkpoint that makes room for a new one of its step; it is the good one until that has its name. */
const replacedPrefix = '.replaced-';
const removedPrefix = '.removed-';

async function putInPlace(parent: string, temporary: string, name: string): Promise<void> {
  const replaced = join(parent, `${replacedPrefix}${name}`);
  const isReplaced = await renameIfThere(join(parent, name), replaced);
  try {
    await rename(temporary, join(parent, name));
  } catch (error) {
    // Otherwise the next tidyCheckpoints does it.
    if (isReplaced) await rename(replaced, join(parent, name)).catch(() => {});
    throw error;
  }
  if (isReplaced) await rm(replaced, { recursive: true, force: true }).catch(() => {});
}

/** Removes a checkpoint under another name, so that half of it is never taken for one. */
async function discard(parent: string, name: string): Promise<void> {
  const removed = join(parent, `${removedPrefix}${name}`);
  if (await renameIfThere(join(parent, name), removed)) await rm(removed, { recursive: true, force: true });
}

/** @returns false when there is nothing of that name. */
async function renameIfThere(from: string, to: string): Promise<boolean> {
  await rm(to, { recursive: true, force: true });
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Removes what crashes and failing disks have left beside the checkpoints, and gives one that was being replaced its name
 * back. Only for the process that holds the run's lock, and not while it writes a checkpoint.
 */
export async function tidyCheckpoints(run: string): Promise<void> {
  const parent = checkpointsOf(run);
  const names = await namesIn(parent);
  for (const name of names.filter((entry) => entry.startsWith('.'))) {
    const place = name.slice(replacedPrefix.length);
    if (name.startsWith(replacedPrefix) && !names.includes(place))
      await rename(join(parent, name), join(parent, place));
    else await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Steps that have a checkpoint, whole or not, ascending. */
export async function listCheckpoints(run: string): Promise<number[]> {
  const names = await namesIn(checkpointsOf(run));
  const steps = names.filter((name) => /^step-[0-9]{8,}$/.test(name)).map((name) => Number(name.slice('step-'.length)));
  return steps.sort((a, b) => a - b);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * @param parts what to read and verify; the tensors share the memory of the files' bytes.
 * @throws RunFault `checkpoint-missing`; `checkpoint-torn` when a file is not what was written.
 */
export async function loadCheckpoint(
  run: string,
  step: number,
  parts: readonly CheckpointPart[] = partNames,
): Promise<Checkpoint> {
  const path = checkpointPath(run, step);
  const { files, hash: _, ...state } = await readStateFile(path, step);
  const tensors: { [part in CheckpointPart]?: Record<string, StoredTensor> } = {};
  for (const part of parts) {
    const name = fileOf(part);
    if (files[name] === undefined) continue;
    const file = join(path, name);
    const { bytes, sha256 } = await ifThere(file, readHashed(file));
    if (sha256 !== files[name]) throw torn(file, `its ${bytes.length} bytes do not match the checksum in ${stateName}`);
    tensors[part] = decodeSafetensors(file, bytes);
  }
  return { path, state, tensors };
}

async function readStateFile(path: string, step: number): Promise<StateFile> {
  const file = join(path, stateName);
  if (!existsSync(path)) throw new RunFault('checkpoint-missing', `${path}: there is no checkpoint of this step`);
  const document = parseState(file, await ifThere(file, readFile(file, 'utf8')));
  if (document.step !== step) throw torn(file, `is of step ${document.step}`);
  return document;
}

function parseState(file: string, text: string): StateFile {
  try {
    const { hash, ...document } = JSON.parse(text);
    if (text === stateText(document)) return { ...document, hash };
  } catch {
    throw torn(file, 'is no JSON');
  }
  throw torn(file, 'does not match its own hash');
}

async function ifThere<T>(file: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw isSystemError(error, 'ENOENT') ? torn(file, 'is missing') : error;
  }
}

function torn(file: string, what: string): RunFault {
  return new RunFault('checkpoint-torn', `${file}: ${what}; this checkpoint is not used`);
}

export interface Refused {
  readonly step: number;
  /** Why it was not loaded. */
  readonly reason: string;
}

/** The newest checkpoint that can be loaded, if there is one, and the newer ones that cannot. */
export async function newestWhole(
  run: string,
  parts?: readonly CheckpointPart[],
): Promise<{ checkpoint: Checkpoint | undefined; refused: Refused[] }> {
  const refused: Refused[] = [];
  for (const step of (await listCheckpoints(run)).reverse()) {
    try {
      return { checkpoint: await loadCheckpoint(run, step, parts), refused };
    } catch (error) {
      if (!(error instanceof RunFault)) throw error;
      refused.push({ step, reason: error.message });
    }
  }
  return { checkpoint: undefined, refused };
}

/** The step whose checkpoint has the lowest rank, the earliest of equals; undefined where none has one. */
export async function bestStep(run: string): Promise<number | undefined> {
  let best: { step: number; rank: number } | undefined;
  for (const step of await listCheckpoints(run)) {
    const rank = await rankOf(run, step);
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { step, rank };
  }
  return best?.step;
}

async function rankOf(run: string, step: number): Promise<number | undefined> {
  try {
    const { rank } = await readStateFile(checkpointPath(run, step), step);
    // One that is not finite is null in JSON.
    return Number.isFinite(rank) ? rank : undefined;
  } catch (error) {
    if (error instanceof RunFault) return undefined;
    throw error;
  }
}

/**
 * Removes all checkpoints but the last `keep`, the best one, and those that `needed` names: for every step in it the newest at
 * or before that step. Only for the process that holds the run's lock, and not while it writes a checkpoint.
 * @returns the steps whose checkpoints were removed.
 */
export async function pruneCheckpoints(
  run: string,
  keep: number,
  best: number | undefined,
  needed: readonly number[] = [],
): Promise<number[]> {
  const steps = await listCheckpoints(run);
  const kept = new Set([best, ...needed.map((step) => steps.findLast((at) => at <= step))]);
  const removed = steps.slice(0, Math.max(0, steps.length - keep)).filter((step) => !kept.has(step));
  for (const step of removed) await discard(checkpointsOf(run), folderName(step));
  return removed;
}

/** Gives a checkpoint that was refused another name, so that it counts as none and a person may still look at it. */
export async function setCheckpointAside(run: string, step: number): Promise<void> {
  const parent = checkpointsOf(run);
  await renameIfThere(join(parent, folderName(step)), join(parent, `refused-${folderName(step)}`));
}

/** Durably removes the checkpoints of later steps, the newest first; under the same conditions. */
export async function removeCheckpointsAfter(run: string, step: number): Promise<void> {
  const parent = checkpointsOf(run);
  const later = (await listCheckpoints(run)).filter((at) => at > step);
  for (const at of later.reverse()) await discard(parent, folderName(at));
  if (later.length > 0) await syncPath(parent);
}
