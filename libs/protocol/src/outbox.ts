// Sending: a bounded queue of messages that feeds one transport as fast as it takes frames, and no faster.

import { ProtocolFault } from './fault.ts';
import type { Broadcast, Frame } from './frames.ts';
import type { Limits } from './limits.ts';
import type { Envelope } from './messages.ts';

/** @param taken to be called once the transport has a copy of the frame; never, when it does not get there. */
export type WriteFrame = (frame: Frame, taken: () => void) => void;

interface Entry {
  readonly frames: Iterator<Frame>;
  readonly bytes: number;
  readonly settle: (sent: boolean) => void;
  /** Not yet taken by the transport. */
  framesLeft: number;
}

/**
 * Strictly first in, first out: a message never overtakes another. One frame at a time: a stream would queue more of them
 * as they are, and copy their tensors even after it has failed, when these may hold something else.
 */
export class Outbox {
  readonly #write: WriteFrame;
  readonly #limits: Limits;
  /** Frames left to write. */
  readonly #waiting: Entry[] = [];
  /** Written or not, not settled. */
  readonly #unsettled = new Set<Entry>();
  #pendingBytes = 0;
  #transfers = 0;
  #writing = false;
  #closed = false;

  constructor(write: WriteFrame, limits: Limits) {
    this.#write = write;
    this.#limits = limits;
  }

  /** Tensor bytes of messages that the transport has not taken as a whole. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Whether every frame was taken. */
  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  /**
   * @returns true when the transport has taken all of it, false when the outbox closed before.
   * @throws ProtocolFault `queue-full`.
   */
  add<E extends Envelope>(message: Broadcast<E>): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    const { bytes, frameCount: framesLeft } = message;
    this.#checkRoom(bytes);
    this.#transfers += 1;
    this.#pendingBytes += bytes;
    return new Promise((settle) => {
      const entry = { frames: message.frames(this.#transfers), bytes, settle, framesLeft };
      this.#waiting.push(entry);
      this.#unsettled.add(entry);
      this.#flush();
    });
  }

  /** Drops what is left: its tensors are not read any more. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    for (const entry of this.#unsettled) this.#settle(entry, false);
  }

  #checkRoom(bytes: number): void {
    const { maxPendingMessages, maxPendingBytes } = this.#limits;
    const messages = this.#unsettled.size;
    // A message always fits into an empty queue.
    if (messages === 0 || (messages < maxPendingMessages && this.#pendingBytes + bytes <= maxPendingBytes)) return;
    const waiting = `${messages} messages with ${this.#pendingBytes} bytes wait to be sent`;
    throw new ProtocolFault('queue-full', `${waiting}; the peer takes them too slowly, or not at all`);
  }

  #flush(): void {
    while (!this.#writing && this.#waiting.length > 0) {
      const entry = this.#waiting[0];
      const { value: frame, done } = entry.frames.next();
      if (done) {
        this.#waiting.shift();
      } else {
        this.#writing = true;
        this.#write(frame, () => this.#taken(entry));
      }
    }
  }

  #taken(entry: Entry): void {
    this.#writing = false;
    entry.framesLeft -= 1;
    if (entry.framesLeft === 0) this.#settle(entry, true);
    this.#flush();
  }

  #settle(entry: Entry, sent: boolean): void {
    if (!this.#unsettled.delete(entry)) return;
    this.#pendingBytes -= entry.bytes;
    entry.settle(sent);
  }
}
