// The cluster of `rondo train`: a coordinator and workers as children of this process. They have a process group of their
// own, so that a terminal's Ctrl-C reaches this process alone, and a channel to it, whose end is theirs too.

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandFault } from '@rondo/command';
import type { LocalRunReply, LocalRunRequest } from '@rondo/coordinator';
import { runPaths } from '@rondo/storage';
import { ChildLog, type LogLine } from './child-log.ts';

const launcher = fileURLToPath(new URL('../../bin/rondo.mjs', import.meta.url));

/** A coordinator writes a checkpoint first, of whatever size; a worker finishes what it computes. */
const coordinatorGraceMs = 120_000;
const workerGraceMs = 10_000;

interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: ChildLog;
  /** How it ended: `exit status 1`, `SIGKILL`. Settles once all that it said was read. */
  readonly ended: Promise<string>;
}

export interface LocalClusterEvents {
  /** A line that a person should see. */
  warned(process: string, line: LogLine): void;
  /** A worker ended that was not asked to. */
  workerDied(text: string): void;
}

export class LocalCluster {
  readonly #events: LocalClusterEvents;
  #coordinator: Member | undefined;
  readonly #workers = new Map<string, Member>();
  /** The first step, which waits for all workers, was begun: from here on it goes on without some. */
  #begun = false;
  #stopping = false;
  #killed = false;

  /** Settles when the run can no longer go on: the coordinator ended, or the last worker. */
  readonly broken: Promise<CommandFault>;
  #break: (fault: CommandFault) => void = () => {};

  constructor(events: LocalClusterEvents) {
    this.#events = events;
    this.broken = new Promise((resolve) => {
      this.#break = resolve;
    });
  }

  /** @returns where it listens, or why it does not take the run. @throws CommandFault when it ends instead of answering. */
  async startCoordinator(request: LocalRunRequest): Promise<Exclude<LocalRunReply, { type: 'ended' }>> {
    const member = this.#start('coordinator', ['coordinator', '--listen', '127.0.0.1:0', '--local']);
    this.#coordinator = member;
    const died = member.ended.then((how) => {
      const fault = new CommandFault(
        [`the coordinator ended unexpectedly: ${how}`, ...member.log.lastWords()].join('\n'),
      );
      this.#break(fault);
      throw fault;
    });
    died.catch(() => {});
    const replied = new Promise<LocalRunReply>((resolve) => member.child.once('message', resolve));
    member.child.send(request, () => {});
    const reply = await Promise.race([replied, died]);
    if (reply.type === 'ended') throw new CommandFault(`the run ended before it began: ${reply.reason}`);
    if (reply.type === 'listening') member.log.open(runPaths(request.folder).log);
    return reply;
  }

  /** @param flags of `rondo worker`, beside its coordinator and name. */
  startWorker(name: string, address: string, folder: string, flags: readonly string[]): void {
    const member = this.#start(name, ['worker', '--coordinator', address, '--name', name, ...flags]);
    member.log.open(join(folder, `${name}.log`));
    this.#workers.set(name, member);
    void member.ended.then((how) => {
      this.#workers.delete(name);
      if (this.#stopping) return;
      const left = this.#workers.size;
      const text = `${name} ended unexpectedly (${how}); ${left} left`;
      this.#events.workerDied([text, ...member.log.lastWords()].join('\n'));
      if (left === 0) this.#break(new CommandFault('all workers ended: nobody is left to compute'));
      else if (!this.#begun)
        this.#break(new CommandFault(`${name} ended before the first step, which waits for all workers`));
    });
  }

  /** To be called when workers compute. */
  begun(): void {
    this.#begun = true;
  }

  /** Ends all: the coordinator after a checkpoint of a run that is under way, then the workers. Settles when none is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#coordinator) await this.#end(this.#coordinator, coordinatorGraceMs);
    await Promise.all([...this.#workers.values()].map((worker) => this.#end(worker, workerGraceMs)));
  }

  /** Does not wait for checkpoints. */
  kill(): void {
    this.#stopping = true;
    this.#killed = true;
    for (const { child } of [this.#coordinator, ...this.#workers.values()].filter((member) => member !== undefined)) {
      child.kill('SIGKILL');
    }
  }

  async #end({ child, ended }: Member, graceMs: number): Promise<void> {
    child.kill(this.#killed ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  }

  #start(name: string, args: readonly string[]): Member {
    const child = fork(launcher, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const log = new ChildLog({
      warn: (line) => {
        if (!this.#stopping) this.#events.warned(name, line);
      },
      keepsRunLog: name === 'coordinator',
    });
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => log.write(line));
    const ended = new Promise<string>((resolve) => {
      child.once('error', ({ message }) => resolve(message));
      child.once('close', (code, signal) => {
        log.close();
        resolve(signal ?? `exit status ${code}`);
      });
    });
    return { name, child, log, ended };
  }
}
