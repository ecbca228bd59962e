// A worker for tests that says whatever it is told to, byte by byte where need be, and hears how the coordinator ends it.

import { randomUUID } from 'node:crypto';
import { Client, type ClientDuplexStream, credentials, type StatusObject } from '@grpc/grpc-js';
import { channelOptions, type FromCoordinator, protocolVersion, WorkService } from '@rondo/protocol';

const { path, requestSerialize, responseDeserialize } = WorkService.service.Work;

/** An offer, a greeting: whole and well-formed. */
export const offer = {
  ...{ name: 'reference', deviceKind: 'DEVICE_KIND_CPU', device: '', library: '', tokensPerSecond: 1, threads: 1 },
  fingerprint: 'reference/1',
};
export const hello = {
  ...{ name: 'raw', protocolVersion, engines: [offer], host: 'here', pid: 1 },
  /** Another process each time: a worker takes the place of an earlier stream of its own instance. */
  get instance() {
    return randomUUID();
  },
};

/** Fields of a WorkRequest, or bytes in its place. */
export type RawMessage = object | Buffer;

export function encode(message: RawMessage): Buffer {
  return Buffer.isBuffer(message) ? message : (requestSerialize as (message: object) => Buffer)(message);
}

export class RawWorkers {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), channelOptions);
  }

  /** @param hear what the coordinator says. */
  open(hear: (message: FromCoordinator, worker: RawWorker) => void = () => {}): RawWorker {
    const call = this.#client.makeBidiStreamRequest(
      path,
      encode,
      responseDeserialize as (bytes: Buffer) => FromCoordinator,
    );
    return new RawWorker(call, hear);
  }

  /** How the coordinator ends a stream of these messages; it is given `patienceMs` and then cancelled. */
  async say(messages: readonly RawMessage[], patienceMs = 5000): Promise<StatusObject> {
    const worker = this.open();
    worker.say(...messages);
    const timer = setTimeout(() => worker.cancel(), patienceMs);
    const end = await worker.ended;
    clearTimeout(timer);
    return end;
  }

  close(): void {
    this.#client.close();
  }
}

export class RawWorker {
  readonly ended: Promise<StatusObject>;
  readonly #call: ClientDuplexStream<RawMessage, FromCoordinator>;

  constructor(
    call: ClientDuplexStream<RawMessage, FromCoordinator>,
    hear: (message: FromCoordinator, worker: RawWorker) => void,
  ) {
    this.#call = call;
    call.on('data', (message: FromCoordinator) => hear(message, this));
    call.on('error', () => {});
    this.ended = new Promise((resolve) => call.on('status', resolve));
  }

  say(...messages: readonly RawMessage[]): void {
    for (const message of messages) this.#call.write(message);
  }

  /** Nothing more comes from this side. */
  end(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }
}
