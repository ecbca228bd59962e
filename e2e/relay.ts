// A relay between one worker and the coordinator that may change what the worker says: a worker gone wrong, whose engine,
// session and protocol are the real ones.

import { credentials, type Server } from '@grpc/grpc-js';
import {
  CoordinatorStream,
  channelOptions,
  createServer,
  type FromCoordinator,
  type FromWorker,
  listen,
  type NamedTensor,
  type Outgoing,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';
import type { TreeNode } from '@rondo/training';

/** What a worker says, with its tensors: to be sent on as it is, changed, several times or not at all. */
export interface Said {
  readonly message: Outgoing<FromWorker>;
  readonly tensors: readonly NamedTensor[];
  /** Of what it computes: the newest assignment. */
  readonly step: number;
  readonly node: TreeNode;
}

export class Relay {
  /** What the worker is to be started with. */
  address = '';
  /** Tasks that the coordinator took back. */
  readonly cancelled = new Set<number>();
  readonly #server: Server = createServer();
  readonly #client: InstanceType<typeof WorkService>;

  /** @param change what becomes of a message. */
  constructor(coordinator: string, change: (said: Said) => readonly Said[]) {
    this.#client = new WorkService(coordinator, credentials.createInsecure(), channelOptions);
    this.#server.addService(WorkService.service, {
      Work: (call: ConstructorParameters<typeof CoordinatorStream>[0]) => this.#work(call, change),
    });
  }

  async start(): Promise<this> {
    this.address = `127.0.0.1:${await listen(this.#server, '127.0.0.1:0')}`;
    return this;
  }

  stop(): void {
    this.#server.forceShutdown();
    this.#client.close();
  }

  #work(call: ConstructorParameters<typeof CoordinatorStream>[0], change: (said: Said) => readonly Said[]): void {
    let [step, node] = [0, { first: 0, end: 0 }];
    const toWorker = new CoordinatorStream(call, {
      onMessage(message, tensors) {
        const said = { message: contentOf<FromWorker>(message), tensors, step, node };
        for (const one of change(said)) void toCoordinator.send(one.message, one.tensors);
      },
      onEnd: () => toCoordinator.end(),
    });
    const toCoordinator = new WorkerStream(this.#client.work(), {
      onMessage: (message, tensors) => {
        if (message.message === 'assignment') ({ step, ...node } = message.assignment);
        if (message.message === 'cancel') this.cancelled.add(message.cancel.task);
        void toWorker.send(contentOf<FromCoordinator>(message), tensors);
      },
      onEnd: ({ code, details }) => toWorker.fail(code, details),
    });
  }
}

/** A received message as it is to be sent: its kind and that kind's fields. */
function contentOf<E extends FromWorker | FromCoordinator>(received: { readonly message: string }): Outgoing<E> {
  const kind = received.message;
  return { [kind]: (received as unknown as Record<string, unknown>)[kind] } as unknown as Outgoing<E>;
}
