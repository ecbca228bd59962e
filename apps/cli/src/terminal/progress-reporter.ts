// Shows progress on a stream: one live line below permanent ones on a terminal, a line now and then elsewhere.

import { type ProgressView, progressLine, progressText } from './progress-line.ts';

const redrawMs = 100;
const plainLineMs = 5_000;
const defaultColumns = 80;
/** On a terminal: back to the line's beginning, and nothing in it. */
export const eraseLine = '\r\u001b[K';

export class ProgressReporter {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: boolean;
  #view: ProgressView | undefined;
  /** Whether the stream shows the newest view. */
  #shown = true;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#live = stream.isTTY === true;
  }

  update(view: ProgressView): void {
    this.#view = view;
    this.#shown = false;
    const waitMs = this.#drawnAt + (this.#live ? redrawMs : plainLineMs) - performance.now();
    if (waitMs <= 0) this.#draw();
    else if (this.#live) this.#timer ??= setTimeout(() => this.#draw(), waitMs);
  }

  /** A line that stays. */
  note(text: string): void {
    this.#stream.write(`${this.#live ? eraseLine : ''}${text}\n`);
    if (this.#live && this.#view !== undefined) this.#draw();
  }

  /** The live line becomes a permanent one; what was not shown yet is. */
  end(): void {
    if (!this.#shown) this.#draw();
    if (this.#live && this.#view !== undefined) this.#stream.write('\n');
    clearTimeout(this.#timer);
    this.#view = undefined;
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#view === undefined) return;
    this.#drawnAt = performance.now();
    this.#shown = true;
    const columns = this.#stream.columns || defaultColumns;
    const text = this.#live ? `${eraseLine}${progressLine(this.#view, columns)}` : `${progressText(this.#view)}\n`;
    this.#stream.write(text);
  }
}
