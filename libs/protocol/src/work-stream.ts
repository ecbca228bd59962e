// One Work call, seen from either end: typed messages with tensors out and in, and one end with its reason.

import type { Duplex } from 'node:stream';
import {
  type ClientDuplexStream,
  type ServerDuplexStream,
  type ServiceError,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { ChunkFrame } from './chunk.ts';
import { ProtocolFault } from './fault.ts';
import { Broadcast } from './frames.ts';
import type { WorkRequest } from './generated/rondo/v1/WorkRequest.ts';
import type { WorkResponse } from './generated/rondo/v1/WorkResponse.ts';
import { Inbox, type PlaceTensor } from './inbox.ts';
import { defaultLimits, type Limits, shortened } from './limits.ts';
import type { Envelope, FromCoordinator, FromWorker, Outgoing, Received } from './messages.ts';
import { Outbox } from './outbox.ts';
import type { NamedTensor } from './tensors.ts';

/** Why a stream ended. `code` is OK when both sides were done. */
export interface StreamEnd {
  readonly code: status;
  readonly details: string;
  /** When the peer broke the protocol, or was too slow. */
  readonly fault?: ProtocolFault | undefined;
}

export interface WorkStreamHandlers<Heard extends Envelope> {
  /** A whole message, its tensors complete and checked. Messages come in the order in which they were sent. */
  onMessage(message: Received<Heard>, tensors: readonly NamedTensor[]): void;
  /** Exactly once; no message comes after it. */
  onEnd(end: StreamEnd): void;
}

/** Hears of every tensor byte on its way, as it is taken by the transport or comes from it. */
export interface Traffic {
  sent(bytes: number): void;
  received(bytes: number): void;
}

export interface WorkStreamOptions<Heard extends Envelope> {
  readonly limits?: Partial<Limits>;
  /** Memory of received tensors. Default: an ArrayBuffer each. */
  readonly place?: PlaceTensor<Heard>;
  readonly traffic?: Traffic | undefined;
}

/** What both ends of a Work call share. */
abstract class WorkStream<Sent extends Envelope, Heard extends Envelope> {
  readonly #handlers: WorkStreamHandlers<Heard>;
  readonly #inbox: Inbox<Heard>;
  readonly #outbox: Outbox;
  readonly #chunkBytes: number;
  readonly #call: Duplex;
  #ending = false;
  #ended = false;

  protected constructor(call: Duplex, handlers: WorkStreamHandlers<Heard>, options: WorkStreamOptions<Heard> = {}) {
    const limits = { ...defaultLimits, ...options.limits };
    this.#call = call;
    this.#handlers = handlers;
    this.#inbox = new Inbox(limits, options.place);
    this.#outbox = new Outbox((frame, taken) => {
      call.write(frame, (error) => {
        // Else the call's end follows, and closes the outbox.
        if (error) return;
        if (frame instanceof ChunkFrame) options.traffic?.sent(frame.dataBytes);
        taken();
        this.#endWhenIdle();
      });
    }, limits);
    this.#chunkBytes = limits.chunkBytes;
    call.on('data', (envelope: Heard) => {
      if (envelope.chunk) options.traffic?.received(envelope.chunk.data.length);
      this.#receive(envelope);
    });
  }

  /** Ends the call below without waiting for anything. */
  protected abstract abort(end: StreamEnd): void;

  /** Tensor bytes queued here. They are not copied: what one broadcast sends to many streams lies in memory once. */
  get pendingBytes(): number {
    return this.#outbox.pendingBytes;
  }

  /**
   * Queues a message. Its tensors must not be written to until the promise resolves.
   * @returns true when the transport has taken all of it, false when the stream ended before, which `onEnd` tells too.
   *   It never rejects. A full queue ends the stream with the fault `queue-full`.
   * @throws Error when a tensor does not fill its shape, or the message does not carry such tensors.
   */
  send(message: Outgoing<Sent>, tensors: readonly NamedTensor[] = []): Promise<boolean> {
    return this.broadcast(new Broadcast<Sent>(message, tensors, this.#chunkBytes));
  }

  /** Queues a message that goes to other streams as well, or later. Else as `send`. */
  broadcast(message: Broadcast<Sent>): Promise<boolean> {
    if (this.#ending) return Promise.resolve(false);
    try {
      return this.#outbox.add(message);
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      this.#failWith(status.RESOURCE_EXHAUSTED, error);
      return Promise.resolve(false);
    }
  }

  /** Sends what is queued, then says that nothing more comes. A coordinator's `end` ends the call for both. */
  end(): void {
    this.#ending = true;
    this.#endWhenIdle();
  }

  /** Ends the call at once. A worker hears code and details; a coordinator hears CANCELLED. */
  fail(code: status, details: string): void {
    this.#fail({ code, details });
  }

  #receive(envelope: Heard): void {
    if (this.#ended) return;
    const delivery = this.#guard(() => this.#inbox.accept(envelope));
    if (delivery) this.#handlers.onMessage(delivery.message, delivery.tensors);
  }

  /** Runs a check of what the peer sent; a fault ends the call. */
  #guard<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      this.#failWith(status.INVALID_ARGUMENT, error);
      return undefined;
    }
  }

  #endWhenIdle(): void {
    if (this.#ending && !this.#ended && this.#outbox.idle) this.#call.end();
  }

  #failWith(code: status, fault: ProtocolFault): void {
    this.#fail({ code, details: `${fault.code}: ${fault.message}`, fault });
  }

  #fail(end: StreamEnd): void {
    if (this.#ended) return;
    this.finish(end);
    this.abort(end);
  }

  /** The peer said that nothing more comes from it; `then` goes on unless that was amid a bundle. */
  protected heardAll(then: () => void): void {
    if (this.#ended) return;
    this.#guard(() => this.#inbox.end());
    if (!this.#ended) then();
  }

  protected finish(end: StreamEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outbox.close();
    this.#handlers.onEnd(end);
  }
}

/** What a worker holds: `new WorkerStream(client.work(), handlers)`. The server's status is its end. */
export class WorkerStream extends WorkStream<FromWorker, FromCoordinator> {
  readonly #call: ClientDuplexStream<WorkRequest, FromCoordinator>;

  constructor(
    call: ClientDuplexStream<WorkRequest, FromCoordinator>,
    handlers: WorkStreamHandlers<FromCoordinator>,
    options?: WorkStreamOptions<FromCoordinator>,
  ) {
    super(call as unknown as Duplex, handlers, options);
    this.#call = call;
    let last: StreamEnd = { code: status.OK, details: '' };
    call.on('status', ({ code, details }: StatusObject) => {
      last = { code, details };
    });
    call.on('error', ({ code, details }: ServiceError) => this.finish({ code, details }));
    call.on('end', () => this.heardAll(() => this.finish(last)));
  }

  protected override abort(): void {
    this.#call.cancel();
  }
}

/** What a coordinator holds of each worker: `Work: (call) => new CoordinatorStream(call, handlers)`. */
export class CoordinatorStream extends WorkStream<FromCoordinator, FromWorker> {
  readonly #call: ServerDuplexStream<FromWorker, WorkResponse>;

  constructor(
    call: ServerDuplexStream<FromWorker, WorkResponse>,
    handlers: WorkStreamHandlers<FromWorker>,
    options?: WorkStreamOptions<FromWorker>,
  ) {
    super(call as unknown as Duplex, handlers, options);
    this.#call = call;
    call.on('error', (error: Error) => this.finish({ code: status.INTERNAL, details: error.message }));
    call.on('cancelled', () => this.finish({ code: status.CANCELLED, details: 'the worker went away' }));
    call.on('finish', () => this.finish({ code: status.OK, details: '' }));
    // When the worker is done, so is the call. A reset reads as an end first, so its cancellation gets a turn to come.
    call.on('end', () => setImmediate(() => this.heardAll(() => this.end())));
  }

  protected override abort({ code, details }: StreamEnd): void {
    this.#call.emit('error', { code, details: shortened(details) });
  }
}
