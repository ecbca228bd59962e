// A worker's connection to its coordinator: says hello, takes assignments, sends results, reconnects when it is lost.

import { hostname } from 'node:os';
import { credentials, status } from '@grpc/grpc-js';
import type { Logger } from '@rondo/logging';
import {
  byName,
  byShard,
  channelOptions,
  type FromCoordinator,
  flatTensors,
  type NamedTensor,
  protocolVersion,
  type Received,
  type StreamEnd,
  shardTensors,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';
import type { EngineName, Program } from '@rondo/rnn-core';
import type { RoundPhase, TreeNode } from '@rondo/training';
import type { Computed, EngineReport, ToCompute } from './compute/messages.ts';

const firstRetryMs = 250;
const lastRetryMs = 10_000;

export interface SessionOptions {
  /** host:port */
  readonly coordinator: string;
  readonly name: string;
  readonly engines: readonly EngineReport[];
  readonly log: Logger;
  /** Hands work to the compute thread. */
  compute(message: ToCompute): void;
}

/** What a result must repeat of its assignment. */
interface Task {
  readonly run: string;
  readonly phase: RoundPhase;
  readonly step: number;
  readonly node: TreeNode;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #log: Logger;
  readonly #client: InstanceType<typeof WorkService>;
  #stream: WorkerStream | undefined;
  /** Tasks of the present stream that the compute thread has. */
  #tasks = new Map<number, Task>();
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;
  #leaving: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#client = new WorkService(options.coordinator, credentials.createInsecure(), channelOptions);
    this.#connect();
  }

  /** Takes nothing new, sends what is being computed, then closes the connection. */
  async leave(reason: string): Promise<void> {
    clearTimeout(this.#retry);
    const left = new Promise<void>((resolve) => {
      this.#leaving = resolve;
    });
    if (this.#stream === undefined) this.#leaving?.();
    void this.#stream?.send({ leaving: { reason } });
    this.#endWhenDone();
    await left;
    this.#client.close();
  }

  computed({ task, seconds, sum, states }: Computed): void {
    const known = this.#tasks.get(task);
    if (known === undefined || this.#stream === undefined) return;
    this.#tasks.delete(task);
    const { run, phase, step, node } = known;
    void this.#stream.send(
      { result: { task, run, phase, step, ...node, lossSum: sum.lossSum, weight: sum.weight, seconds } },
      [...flatTensors(sum.tensors, 'gradient/'), ...shardTensors(states)],
    );
    this.#endWhenDone();
  }

  failed(task: number, reason: string): void {
    this.#log.error({ task, reason }, 'task failed');
    if (!this.#tasks.delete(task)) return;
    void this.#stream?.send({ failure: { task, reason } });
    this.#endWhenDone();
  }

  #connect(): void {
    const stream = new WorkerStream(
      this.#client.work(),
      {
        onMessage: (message, tensors) => this.#receive(message, tensors),
        onEnd: (end) => this.#lost(stream, end),
      },
      // Weights and inputs go to the compute thread without a copy.
      { place: (_message, _tensor, bytes) => new Uint8Array(new SharedArrayBuffer(bytes)) },
    );
    this.#stream = stream;
    void stream.send({
      hello: {
        name: this.#options.name,
        protocolVersion,
        engines: this.#options.engines.map(({ engine, device, fingerprint, tokensPerSecond }) => ({
          name: engine,
          deviceKind: deviceKinds[device.kind],
          device: device.description,
          library: device.library,
          fingerprint,
          tokensPerSecond,
          threads: 1,
        })),
        host: hostname(),
        pid: process.pid,
      },
    });
  }

  #lost(stream: WorkerStream, end: StreamEnd): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#tasks = new Map();
    if (this.#leaving) {
      this.#leaving();
      return;
    }
    const reason = end.details || status[end.code];
    this.#log.warn({ reason, retryMs: this.#retryMs }, 'no coordinator: will try again');
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs);
  }

  #receive(message: Received<FromCoordinator>, tensors: readonly NamedTensor[]): void {
    const { compute } = this.#options;
    switch (message.message) {
      case 'welcome':
        this.#retryMs = firstRetryMs;
        this.#log.info({ worker: message.welcome.name, coordinator: this.#options.coordinator }, 'connected');
        break;
      case 'idle':
        this.#log.info({ reason: message.idle.reason }, 'idle');
        break;
      case 'prepare': {
        const { run, engine, programs } = message.prepare;
        this.#log.info({ run, engine }, 'computing for a run');
        const parsed = Object.fromEntries(programs.map(({ phase, json }) => [phase, JSON.parse(json) as Program]));
        compute({ type: 'prepare', engine: engine as EngineName, programs: parsed as Record<RoundPhase, Program> });
        break;
      }
      case 'weights':
        compute({ type: 'weights', weights: byName(tensors) });
        break;
      case 'assignment': {
        const { task, run, phase, step, first, end } = message.assignment;
        const known: Task = { run, phase: phase as RoundPhase, step, node: { first, end } };
        this.#tasks.set(task, known);
        compute({ type: 'compute', task: { task, ...known, shards: byShard(tensors) } });
        break;
      }
    }
  }

  #endWhenDone(): void {
    if (this.#leaving && this.#tasks.size === 0) this.#stream?.end();
  }
}

const deviceKinds = {
  gpu: 'DEVICE_KIND_GPU',
  'software-gpu': 'DEVICE_KIND_SOFTWARE_GPU',
  cpu: 'DEVICE_KIND_CPU',
} as const;
