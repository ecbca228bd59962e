// A coordinator for one run of the process that started it, `rondo train`: told what to train over the process channel,
// watched over gRPC like any other, and gone when that process is gone.

import { basename } from 'node:path';
import { createLogger } from '@rondo/logging';
import type { TrainingJob } from '@rondo/spec';
import type { Outcome } from '@rondo/training';
import { type Coordinator, startCoordinator } from './coordinator.ts';

/** From `rondo train`. */
export interface LocalRunRequest {
  readonly type: 'run';
  readonly job: TrainingJob;
  /** The run's folder. */
  readonly folder: string;
  /** What the spec's paths are relative to. */
  readonly base: string;
  readonly resume: boolean;
  readonly startWorkers: number;
}

/** To `rondo train`. */
export type LocalRunReply =
  | { readonly type: 'listening'; readonly address: string; readonly run: string }
  /** The run cannot start; `path` names the field of the spec to blame, where there is one. */
  | { readonly type: 'refused'; readonly message: string; readonly path?: string | undefined }
  | { readonly type: 'ended'; readonly outcome: Outcome; readonly reason: string };

/** @param listen host:port, see CoordinatorOptions. */
export async function serveLocalRun(listen: string): Promise<void> {
  if (process.send === undefined) throw new Error('--local needs a parent process that says what to train');
  const reply = (message: LocalRunReply) => process.send?.(message);
  const log = createLogger({ name: 'coordinator' });
  let coordinator: Coordinator | undefined;
  let stopping = false;
  const stop = async (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    await coordinator?.stop();
    process.exit(0);
  };
  process.on('disconnect', () => void stop('the process that started this one is gone'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  // A terminal's Ctrl-C reaches every process of the group; the one that started this one decides.
  process.on('SIGINT', () => {});
  process.once('message', (message: LocalRunRequest) => {
    begin(message).catch((error: unknown) => {
      reply({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
    });
  });

  async function begin({ job, folder, base, resume, startWorkers }: LocalRunRequest): Promise<void> {
    coordinator = await startCoordinator({ listen, log });
    await coordinator.startLocal({
      job,
      folder,
      place: { base },
      resume,
      startWorkers,
      refused: (text, path) => reply({ type: 'refused', message: text, path }),
      opened: () => reply({ type: 'listening', address: (coordinator as Coordinator).address, run: basename(folder) }),
      ended: (outcome, reason) => reply({ type: 'ended', outcome, reason }),
    });
  }
}
