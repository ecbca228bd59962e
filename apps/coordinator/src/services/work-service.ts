// The workers' side of the coordinator: one stream a worker, its hello checked, its messages handed on.

import { status } from '@grpc/grpc-js';
import type { Logger } from '@rondo/logging';
import {
  acceptedLogRate,
  byShard,
  CoordinatorStream,
  type FromWorker,
  maxWorkers,
  type NamedTensor,
  ProtocolFault,
  protocolVersion,
  RateLimit,
  type Received,
  shardTensors,
  shortened,
  type TensorHeader,
  type Traffic,
  typesOnWire,
  type WorkServiceHandlers,
  workerNameFault,
} from '@rondo/protocol';
import { type EngineName, engineNames } from '@rondo/rnn-core';
import { callerOf } from '../access/guard.ts';
import { type Caller, localCaller } from '../access/roles.ts';
import type { Connection, EngineOffer, WorkerLog, WorkerResult } from '../connection.ts';
import { parseLines } from '../worker-lines.ts';
import { offersFault, resultFault, textFault } from './worker-limits.ts';

/** Who hears of workers. */
export interface WorkerEvents {
  joined(connection: Connection): void;
  left(name: string): void;
  leaving(name: string): void;
  /** Where a gradient that a worker announces shall lie; undefined for one that nobody waits for. */
  place(name: string, task: number, tensor: TensorHeader): Uint8Array | undefined;
  /** Gradients of a task's node have come. */
  gradients(name: string, task: number, tensors: readonly TensorHeader[]): void;
  computed(name: string, result: WorkerResult): void;
  /** @param final the worker cannot compute any task of the run. */
  failed(name: string, task: number, reason: string, final: boolean): void;
  /** What a worker's log says of a run, which may be over. */
  logged(name: string, log: WorkerLog): void;
}

/** A connected worker as `rondo status` shows it. */
export interface ConnectedWorker extends Connection {
  readonly host: string;
}

type Call = Parameters<WorkServiceHandlers['Work']>[0];
type Hello = Extract<Received<FromWorker>, { message: 'hello' }>['hello'];

const deviceKinds: Readonly<Record<string, EngineOffer['device']>> = {
  DEVICE_KIND_GPU: 'gpu',
  DEVICE_KIND_SOFTWARE_GPU: 'software-gpu',
  DEVICE_KIND_CPU: 'cpu',
};

export class WorkerRegistry {
  readonly #workers = new Map<string, WorkerLink>();
  readonly #events: WorkerEvents;
  readonly #log: Logger;
  readonly #traffic: Traffic | undefined;

  constructor(events: WorkerEvents, log: Logger, traffic?: Traffic) {
    this.#events = events;
    this.#log = log;
    this.#traffic = traffic;
  }

  /** In the order in which they joined. */
  get workers(): readonly ConnectedWorker[] {
    return [...this.#workers.values()];
  }

  /** Handles one call of WorkService.Work. */
  readonly work = (call: Call): void => {
    let link: WorkerLink | undefined;
    const stream = new CoordinatorStream(
      call,
      {
        onMessage: (message, tensors) => {
          if (link === undefined) link = this.#welcome(stream, message, callerOf(call.metadata));
          else link.receive(message, tensors, this.#events);
        },
        onEnd: ({ details, fault }) => {
          if (link === undefined) {
            if (fault !== undefined) this.#log.warn({ peer: call.getPeer(), reason: details }, 'worker refused');
            return;
          }
          this.#workers.delete(link.name);
          this.#log[fault === undefined ? 'info' : 'warn']({ worker: link.name, reason: details }, 'worker left');
          this.#events.left(link.name);
        },
      },
      {
        traffic: this.#traffic,
        place: (message, tensor) => {
          if (link === undefined) throw new ProtocolFault('missing-hello', 'tensors came before hello');
          if (message.message !== 'gradients') return undefined;
          return this.#events.place(link.name, message.gradients.task, tensor) ?? 'discard';
        },
      },
    );
    // The chunks of a large message are signs of life too.
    call.on('data', () => {
      if (link !== undefined) link.lastSeenMs = performance.now();
    });
  };

  #welcome(stream: CoordinatorStream, message: Received<FromWorker>, caller: Caller): WorkerLink | undefined {
    if (message.message !== 'hello') {
      stream.fail(status.INVALID_ARGUMENT, `the first message of a stream is hello, not ${message.message}`);
      return undefined;
    }
    const { hello } = message;
    const full = this.#workers.size >= maxWorkers;
    const fault = full ? `${maxWorkers} workers are connected already, and no more are taken` : helloFault(hello);
    if (fault !== undefined) {
      this.#log.warn({ worker: shortened(hello.name), reason: shortened(fault) }, 'worker refused');
      stream.fail(full ? status.RESOURCE_EXHAUSTED : status.FAILED_PRECONDITION, fault);
      return undefined;
    }
    const link = new WorkerLink(stream, this.#replaced(hello) ?? this.#freeName(nameOf(hello, caller)), hello);
    this.#workers.set(link.name, link);
    void stream.send({ welcome: { name: link.name } });
    this.#log.info(
      { worker: link.name, host: hello.host, engines: link.offers.map(({ engine }) => engine) },
      'worker joined',
    );
    this.#events.joined(link);
    return link;
  }

  /** Ends the older stream of the same worker, whose end has not come through. @returns the name that it had. */
  #replaced({ instance }: Hello): string | undefined {
    const old = [...this.#workers.values()].find((link) => link.instance === instance);
    old?.replace();
    return old?.name;
  }

  #freeName(wish: string): string {
    let name = wish;
    for (let n = 2; this.#workers.has(name); n++) name = `${wish}-${n}`;
    return name;
  }
}

/** Begins with the name on the worker's certificate, so that nobody works under another's. */
function nameOf({ name }: Hello, { name: certified, role }: Caller): string {
  // Without TLS nobody has a certificate.
  const isLocal = role === localCaller.role && certified === localCaller.name;
  if (isLocal || name === certified || name.startsWith(`${certified}-`)) return name;
  return `${certified}-${name}`;
}

function helloFault({ name, protocolVersion: version, engines, host, instance }: Hello): string | undefined {
  if (version !== protocolVersion) {
    return `the worker speaks protocol version ${version}, this coordinator ${protocolVersion}: run the same release`;
  }
  const nameFault = workerNameFault(name);
  if (nameFault !== undefined) return nameFault;
  if (!/^[\w-]{1,64}$/.test(instance)) {
    return "a worker's instance has 1 to 64 letters, digits, dashes or underscores";
  }
  const unknown = engines.find((engine) => !engineNames.includes(engine.name as EngineName));
  if (unknown !== undefined) return `unknown engine ${unknown.name}; known: ${engineNames.join(', ')}`;
  return textFault('host', host) ?? offersFault(engines);
}

/** One worker's stream, speaking in terms of runs and tasks. */
class WorkerLink implements ConnectedWorker {
  readonly name: string;
  readonly host: string;
  /** Of its process. */
  readonly instance: string;
  readonly offers: readonly EngineOffer[];
  lastSeenMs = performance.now();
  readonly #stream: CoordinatorStream;
  readonly #logRate = new RateLimit(acceptedLogRate);

  constructor(stream: CoordinatorStream, name: string, hello: Hello) {
    this.#stream = stream;
    this.name = name;
    this.host = hello.host;
    this.instance = hello.instance;
    this.offers = hello.engines.map((engine) => ({
      engine: engine.name as EngineName,
      device: deviceKinds[engine.deviceKind] ?? 'software-gpu',
      description: engine.device,
      library: engine.library,
      fingerprint: engine.fingerprint,
      tokensPerSecond: engine.tokensPerSecond,
      threads: engine.threads,
    }));
  }

  prepare: Connection['prepare'] = ({ run, engine, programs, format, shards }) => {
    const texts = Object.entries(programs).flatMap(([phase, shapes]) =>
      shapes.map((program, shape) => ({ phase, shape, json: JSON.stringify(program) })),
    );
    const gradients = typesOnWire[format.type];
    void this.#stream.send({ prepare: { run, engine, programs: texts, gradients, exponent: format.exponent, shards } });
  };

  weights: Connection['weights'] = (message) => this.#stream.broadcast(message);

  assign: Connection['assign'] = ({ task, run, phase, shape, step, node, shards }) => {
    void this.#stream.send({ assignment: { task, run, phase, shape, step, ...node } }, shardTensors(shards));
  };

  cancel: Connection['cancel'] = (task) => {
    void this.#stream.send({ cancel: { task } });
  };

  idle: Connection['idle'] = (reason) => {
    void this.#stream.send({ idle: { reason } });
  };

  refuse: Connection['refuse'] = (reason) => this.#stream.fail(status.INVALID_ARGUMENT, reason);

  /** The worker has opened another stream. */
  replace(): void {
    this.#stream.fail(status.ABORTED, 'the worker connected again');
  }

  receive(message: Received<FromWorker>, tensors: readonly NamedTensor[], events: WorkerEvents): void {
    switch (message.message) {
      case 'hello':
        this.refuse('hello was said already');
        break;
      case 'gradients':
        events.gradients(this.name, message.gradients.task, tensors);
        break;
      case 'result': {
        const fault = resultFault(message.result);
        if (fault === undefined) events.computed(this.name, { ...message.result, outputs: byShard(tensors) });
        else {
          events.failed(this.name, message.result.task, fault, false);
          this.refuse(fault);
        }
        break;
      }
      case 'failure':
        events.failed(this.name, message.failure.task, shortened(message.failure.reason), message.failure.final);
        break;
      case 'log': {
        const { run, lines: texts, dropped } = message.log;
        const lines = parseLines(texts);
        if (typeof lines === 'string') {
          this.refuse(lines);
          break;
        }
        const taken = lines.slice(0, this.#logRate.take(lines.length, performance.now()));
        events.logged(this.name, { run, lines: taken, dropped: dropped + lines.length - taken.length });
        break;
      }
      case 'leaving':
        events.leaving(this.name);
        break;
      case 'alive':
        break;
    }
  }
}
