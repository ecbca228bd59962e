// What happened in a schedule, line by line: hashed always, kept on request.

import { mix } from '@rondo/rnn-core';

/** A promise that was broken; the message says which. */
export class Violation extends Error {}

export class Transcript {
  /** Of all lines so far. */
  hash = 0;
  readonly lines: string[] = [];
  /** How often a thing happened, by its name. */
  readonly counts = new Map<string, number>();
  readonly #nowMs: () => number;
  readonly #keep: boolean;

  constructor(nowMs: () => number, keep: boolean) {
    this.#nowMs = nowMs;
    this.#keep = keep;
  }

  say(who: string, what: string): void {
    const line = `${this.#nowMs().toFixed(1).padStart(9)} ms  ${who.padEnd(12)} ${what}`;
    let hash = this.hash;
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
    this.hash = mix(hash, line.length);
    if (this.#keep) this.lines.push(line);
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Says and counts a fault that has struck. */
  struck(fault: string, who: string, what: string): void {
    this.count(`fault: ${fault}`);
    this.say(who, what);
  }
}
