// A worker's connection to its coordinator: says hello, takes assignments, sends results, reconnects when it is lost.

import { hostname } from 'node:os';
import { credentials, status } from '@grpc/grpc-js';
import type { Logger } from '@rondo/logging';
import {
  byName,
  byShard,
  channelOptions,
  type FromCoordinator,
  type NamedTensor,
  protocolVersion,
  type Received,
  type StreamEnd,
  shardTensors,
  TensorPool,
  typeFromWire,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';
import type { EngineName, Program, Tensors } from '@rondo/rnn-core';
import type { GradientFormat, RoundPhase, TreeNode } from '@rondo/training';
import type { EngineReport } from './compute/messages.ts';
import type { ComputedNode, NodeInputs } from './compute/node-task.ts';
import { type RunPrograms, type SharedGradient, threadsOf } from './compute/pool.ts';

const firstRetryMs = 250;
const lastRetryMs = 10_000;

/** Those before the newest may still be on their way into a compute thread's plan. */
const weightGenerations = 2;

/** Who computes what the coordinator sends. */
interface Compute {
  prepare(run: RunPrograms): void;
  weights(weights: Tensors): void;
  compute(inputs: NodeInputs): void;
  /** Nobody waits for what was asked for before. */
  forget(): void;
}

export interface SessionOptions {
  /** host:port */
  readonly coordinator: string;
  readonly name: string;
  readonly engines: readonly EngineReport[];
  /** Compute threads of this machine. */
  readonly threads: number;
  readonly log: Logger;
  readonly compute: Compute;
}

/** What a result must repeat of its assignment, and how its gradients travel. */
interface Task {
  readonly run: string;
  readonly phase: RoundPhase;
  readonly step: number;
  readonly node: TreeNode;
  readonly format: GradientFormat;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #log: Logger;
  readonly #client: InstanceType<typeof WorkService>;
  #stream: WorkerStream | undefined;
  /** Tasks of the present stream and run that are being computed. */
  readonly #tasks = new Map<number, Task>();
  /** Of the present run. */
  #weights = new TensorPool(weightGenerations);
  #format: GradientFormat = { type: 'float32', exponent: 0 };
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

  /** Sends a gradient that is final. @returns settles when nobody reads it any more. */
  gradient(task: number, parameter: string, data: SharedGradient): Promise<boolean> {
    const known = this.#tasks.get(task);
    if (known === undefined || this.#stream === undefined) return Promise.resolve(false);
    const { step, format } = known;
    const tensor = { name: parameter, type: format.type, shape: [data.length], data } as NamedTensor;
    return this.#stream.send({ gradients: { task, step } }, [tensor]);
  }

  computed(task: number, { lossSum, weight, seconds, states }: ComputedNode): void {
    const known = this.#tasks.get(task);
    if (known === undefined || this.#stream === undefined) return;
    this.#tasks.delete(task);
    const { run, phase, step, node } = known;
    const result = { task, run, phase, step, ...node, lossSum, weight, seconds };
    void this.#stream.send({ result }, shardTensors(states));
    this.#endWhenDone();
  }

  /** @param final no task of the run can be computed here. */
  failed(task: number, reason: string, final: boolean): void {
    this.#log.error({ task, reason }, 'task failed');
    if (!this.#tasks.delete(task)) return;
    void this.#stream?.send({ failure: { task, reason, final } });
    this.#endWhenDone();
  }

  #connect(): void {
    const stream = new WorkerStream(
      this.#client.work(),
      {
        onMessage: (message, tensors) => this.#receive(message, tensors),
        onEnd: (end) => this.#lost(stream, end),
      },
      {
        place: ({ message }, tensor, bytes) => (message === 'weights' ? this.#weights.place(tensor, bytes) : undefined),
      },
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
          threads: threadsOf(engine, this.#options.threads),
        })),
        host: hostname(),
        pid: process.pid,
      },
    });
  }

  #lost(stream: WorkerStream, end: StreamEnd): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#tasks.clear();
    this.#options.compute.forget();
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
      case 'prepare':
        this.#prepare(message.prepare);
        break;
      case 'weights':
        compute.weights(byName(tensors));
        break;
      case 'assignment': {
        const { task, run, phase: phaseName, step, first, end } = message.assignment;
        const [phase, node] = [phaseName as RoundPhase, { first, end }];
        this.#tasks.set(task, { run, phase, step, node, format: this.#format });
        compute.compute({ task, phase, step, node, shards: byShard(tensors) });
        break;
      }
    }
  }

  #prepare({ run, engine, programs: texts, gradients, exponent, shards }: Prepare): void {
    this.#log.info({ run, engine }, 'computing for a run');
    this.#tasks.clear();
    this.#weights = new TensorPool(weightGenerations);
    this.#format = { type: typeFromWire(gradients) as GradientFormat['type'], exponent };
    const programs = Object.fromEntries(texts.map(({ phase, json }) => [phase, JSON.parse(json)]));
    this.#options.compute.prepare({
      engine: engine as EngineName,
      programs: programs as Record<RoundPhase, Program>,
      format: this.#format,
      shards,
    });
  }

  #endWhenDone(): void {
    if (this.#leaving && this.#tasks.size === 0) this.#stream?.end();
  }
}

type Prepare = Extract<Received<FromCoordinator>, { message: 'prepare' }>['prepare'];

const deviceKinds = {
  gpu: 'DEVICE_KIND_GPU',
  'software-gpu': 'DEVICE_KIND_SOFTWARE_GPU',
  cpu: 'DEVICE_KIND_CPU',
} as const;
