// What the trained models of all tasks have in common.

import type { Engine, Tensors } from '@rondo/rnn-core';
import type { JobSpec, TaskName } from '@rondo/spec';
import type { StoredRun } from './stored-run.ts';

export interface Run extends Omit<StoredRun, 'job'> {
  readonly task: TaskName;
  readonly job: JobSpec;
  /** By PyTorch's names. */
  readonly weights: Tensors;
  /** What computes; opened with its first use. @throws EngineFault when the one asked for, or none, works here. */
  engine(): Promise<Engine>;
  /** Ends the engine, and with it every stream. */
  dispose(): Promise<void>;
}

export interface ReadOptions {
  /** What names of files are relative to; default: the process's folder. */
  readonly base?: string;
  /** Hears which share of the work is done, as it goes on. */
  readonly onShare?: (share: number) => void;
}

export function filesOf(files: string | readonly string[]): readonly string[] {
  return typeof files === 'string' ? [files] : files;
}
