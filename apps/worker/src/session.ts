// A worker's connection to its coordinator: says hello, takes assignments, sends results, reconnects when it is lost.

import { randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { status } from '@grpc/grpc-js';
import type { Logger } from '@rondo/logging';
import {
  byName,
  byShard,
  clientChannel,
  connectionReason,
  type FromCoordinator,
  type NamedTensor,
  protocolVersion,
  type Received,
  type StreamEnd,
  shardTensors,
  TensorPool,
  type Traffic,
  typeFromWire,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';
import type { EngineName, Tensors } from '@rondo/rnn-core';
import type { GradientFormat, Programs, RoundPhase, TreeNode } from '@rondo/training';
import type { EngineReport } from './compute/messages.ts';
import type { ComputedNode, NodeInputs } from './compute/node-task.ts';
import { type RunPrograms, type SharedGradient, threadsOf } from './compute/pool.ts';
import type { WorkerLog } from './worker-log.ts';

/** A coordinator that is started again finds its workers back within a fraction of a second. */
const firstRetryMs = 100;
const lastRetryMs = 500;
/** Longer than a coordinator ever takes to answer hello; one that cannot be reached may be found by another connection. */
const welcomeWithinMs = 3_000;
const aliveEveryMs = 1_000;

/** Those before the newest may still be on their way into a compute thread's plan. */
const weightGenerations = 2;

/** Who computes what the coordinator sends. */
interface Compute {
  prepare(run: RunPrograms): void;
  weights(weights: Tensors): void;
  compute(inputs: NodeInputs): void;
  /** Ends in `cancelled`, unless the task has an answer. */
  cancel(task: number): void;
  /** Nobody waits for what was asked for before. */
  forget(): void;
}

/** Who counts what the session does. */
export interface SessionObserver {
  /** Of all streams. */
  readonly traffic: Traffic;
  /** The coordinator has said welcome. */
  connected(): void;
  disconnected(): void;
  /** A task has come to its end. */
  computed(node: ComputedNode): void;
  failed(): void;
  cancelled(): void;
}

export interface SessionOptions {
  /** host:port */
  readonly coordinator: string;
  /** Folder with ca.crt, tls.crt and tls.key; undefined: in plain text. */
  readonly tls?: string | undefined;
  readonly engines: readonly EngineReport[];
  /** Compute threads of this machine. */
  readonly threads: number;
  /** Knows the worker's name, and lets the coordinator know what it says of a run. */
  readonly log: WorkerLog;
  readonly compute: Compute;
  readonly observer?: SessionObserver | undefined;
  /** The coordinator will have nothing to do with this worker, and says why: there is no other try. */
  refused(reason: string): void;
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
  /** That it wishes for. */
  readonly #name: string;
  readonly #instance = randomUUID();
  #stream: WorkerStream | undefined;
  /** Tasks of the present stream and run that are being computed. */
  readonly #tasks = new Map<number, Task>();
  /** Of the present run. */
  #weights = new TensorPool(weightGenerations);
  #format: GradientFormat = { type: 'float32', exponent: 0 };
  #retryMs = firstRetryMs;
  /** Of the next try, or of the welcome. */
  #timer: NodeJS.Timeout | undefined;
  /** Why there is no coordinator, as the log was told last. */
  #told: status | undefined;
  #leaving: (() => void) | undefined;
  /** With the newest certificates that could be read. */
  #channel: ReturnType<typeof clientChannel>;

  /** @throws ProtocolFault `bad-tls` */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.#log = options.log.logger;
    this.#name = options.log.worker;
    this.#channel = clientChannel(options.coordinator, options);
    this.#connect();
  }

  /** Takes nothing new, sends what is being computed, then closes the connection. */
  async leave(reason: string): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.#leaving = resolve;
    });
    if (this.#stream === undefined) {
      clearTimeout(this.#timer);
      this.#leaving?.();
    }
    void this.#stream?.send({ leaving: { reason } });
    this.#endWhenDone();
    await left;
  }

  /** Sends a gradient that is final. @returns settles when nobody reads it any more. */
  gradient(task: number, parameter: string, data: SharedGradient): Promise<boolean> {
    const known = this.#tasks.get(task);
    if (known === undefined || this.#stream === undefined) return Promise.resolve(false);
    const { step, format } = known;
    const tensor = { name: parameter, type: format.type, shape: [data.length], data } as NamedTensor;
    return this.#stream.send({ gradients: { task, step } }, [tensor]);
  }

  computed(task: number, computed: ComputedNode): void {
    const { lossSum, weight, seconds, outputs } = computed;
    const known = this.#tasks.get(task);
    if (known === undefined || this.#stream === undefined) return;
    this.#tasks.delete(task);
    this.#options.observer?.computed(computed);
    const { run, phase, step, node } = known;
    const result = { task, run, phase, step, ...node, lossSum, weight, seconds };
    void this.#stream.send({ result }, shardTensors(outputs));
    this.#endWhenDone();
  }

  /** @param final no task of the run can be computed here. */
  failed(task: number, reason: string, final: boolean): void {
    const { run, step } = this.#tasks.get(task) ?? {};
    this.#log.error({ run, step, task, reason }, 'task failed');
    this.#options.observer?.failed();
    this.#sendFailure(task, reason, final);
  }

  cancelled(task: number): void {
    const { run, step } = this.#tasks.get(task) ?? {};
    this.#log.debug({ run, step, task }, 'task cancelled');
    this.#options.observer?.cancelled();
    this.#sendFailure(task, 'cancelled', false);
  }

  /** With new certificates, if there are. */
  #reconnect(): void {
    try {
      this.#channel = clientChannel(this.#options.coordinator, this.#options);
    } catch (error) {
      this.#log.warn(
        { reason: (error as Error).message },
        'the certificates cannot be read: those from before are used',
      );
    }
    this.#connect();
  }

  #connect(): void {
    const [credentials, options] = this.#channel;
    // A channel of its own for every stream: one that is used again waits by its own back-off, and remembers names for 30 s.
    const ownChannel = { ...options, 'grpc.use_local_subchannel_pool': 1 };
    const client = new WorkService(this.#options.coordinator, credentials, ownChannel);
    const stream = new WorkerStream(
      client.work(),
      {
        onMessage: (message, tensors) => this.#receive(message, tensors),
        onEnd: (end) => {
          client.close();
          this.#lost(end);
        },
      },
      {
        traffic: this.#options.observer?.traffic,
        place: ({ message }, tensor, bytes) => (message === 'weights' ? this.#weights.place(tensor, bytes) : undefined),
      },
    );
    this.#stream = stream;
    this.#timer = setTimeout(() => {
      stream.fail(status.DEADLINE_EXCEEDED, `no welcome within ${welcomeWithinMs / 1000} s`);
    }, welcomeWithinMs);
    void stream.send({
      hello: {
        name: this.#name,
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
        instance: this.#instance,
      },
    });
    sayAlive(stream);
  }

  #lost({ code, details }: StreamEnd): void {
    clearTimeout(this.#timer);
    this.#options.observer?.disconnected();
    this.#stream = undefined;
    this.#options.log.connect(undefined);
    this.#tasks.clear();
    this.#options.compute.forget();
    if (this.#leaving) {
      this.#leaving();
      return;
    }
    const reason = connectionReason(details || status[code], this.#options.tls !== undefined);
    if (code === status.FAILED_PRECONDITION) {
      this.#options.refused(reason);
      return;
    }
    if (this.#told !== code) this.#log.warn({ reason }, 'no coordinator: will try until there is');
    this.#told = code;
    // Half of it by chance: the workers of a cluster shall not come all at once.
    this.#timer = setTimeout(() => this.#reconnect(), randomInt(this.#retryMs / 2, this.#retryMs + 1));
    this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs);
  }

  #receive(message: Received<FromCoordinator>, tensors: readonly NamedTensor[]): void {
    const { compute } = this.#options;
    switch (message.message) {
      case 'welcome':
        clearTimeout(this.#timer);
        this.#told = undefined;
        this.#retryMs = firstRetryMs;
        this.#options.observer?.connected();
        this.#options.log.worker = message.welcome.name;
        this.#log.info({ coordinator: this.#options.coordinator }, 'connected');
        break;
      case 'idle':
        this.#log.info({ reason: message.idle.reason }, 'idle');
        this.#options.log.pause();
        break;
      case 'prepare':
        this.#prepare(message.prepare);
        break;
      case 'weights':
        compute.weights(byName(tensors));
        break;
      case 'assignment': {
        const { task, run, phase: phaseName, shape, step, first, end } = message.assignment;
        const [phase, node] = [phaseName as RoundPhase, { first, end }];
        this.#options.log.begin(run);
        this.#tasks.set(task, { run, phase, step, node, format: this.#format });
        compute.compute({ task, phase, shape, step, node, shards: byShard(tensors) });
        break;
      }
      case 'cancel':
        compute.cancel(message.cancel.task);
        break;
    }
  }

  #prepare({ run, engine, programs: texts, gradients, exponent, shards }: Prepare): void {
    this.#options.log.begin(run);
    // Not before: a coordinator takes lines of the run that it trains, those of before it was lost among them.
    this.#options.log.connect((log) => this.#stream?.send({ log }) ?? Promise.resolve(false));
    this.#log.info({ engine }, 'computing for a run');
    this.#tasks.clear();
    this.#weights = new TensorPool(weightGenerations);
    this.#format = { type: typeFromWire(gradients) as GradientFormat['type'], exponent };
    const inOrder = texts.toSorted((a, b) => a.shape - b.shape);
    const of = (phase: RoundPhase) =>
      inOrder.filter((text) => text.phase === phase).map(({ json }) => JSON.parse(json));
    const programs: Programs = { gradients: of('gradients'), evaluation: of('evaluation') };
    this.#options.compute.prepare({
      engine: engine as EngineName,
      programs,
      format: this.#format,
      shards,
    });
  }

  #sendFailure(task: number, reason: string, final: boolean): void {
    if (!this.#tasks.delete(task)) return;
    void this.#stream?.send({ failure: { task, reason, final } });
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#leaving && this.#tasks.size === 0) this.#stream?.end();
  }
}

/** The next one only when the one before has left, so that they never pile up; none after the stream's end. */
function sayAlive(stream: WorkerStream): void {
  const say = () => {
    void stream.send({ alive: {} }).then((taken) => {
      if (taken) sayAlive(stream);
    });
  };
  setTimeout(say, aliveEveryMs).unref();
}

type Prepare = Extract<Received<FromCoordinator>, { message: 'prepare' }>['prepare'];

const deviceKinds = {
  gpu: 'DEVICE_KIND_GPU',
  'software-gpu': 'DEVICE_KIND_SOFTWARE_GPU',
  cpu: 'DEVICE_KIND_CPU',
} as const;
