// A terminal as a page that is drawn in place: taken over at the beginning, given back as it was at the end.

import type { ReadStream, WriteStream } from 'node:tty';
import { coloursFor } from '@rondo/command';
import type { Extent, Line } from './render.ts';

const csi = '\u001b[';
const begin = { page: `${csi}?1049h`, noCursor: `${csi}?25l`, noWrap: `${csi}?7l` };
const end = { page: `${csi}?1049l`, cursor: `${csi}?25h`, wrap: `${csi}?7h` };
/** What is between the two is shown at once, by terminals that know them. */
const together = [`${csi}?2026h`, `${csi}?2026l`] as const;
const home = `${csi}H`;
const restOfLine = `${csi}K`;
const restOfPage = `${csi}J`;

const leaving = { q: 0x71, ctrlC: 0x03, ctrlD: 0x04 };

const usualExtent = { columns: 80, rows: 24 };

/** Lines over those that are there, without an empty page in between: nothing flickers. */
function frame(lines: readonly Line[], paint: (line: Line) => string): string {
  const page = lines.map((line) => `${paint(line)}${restOfLine}`).join('\r\n');
  return `${together[0]}${home}${page}${restOfPage}${together[1]}`;
}

function painter(stream: NodeJS.WriteStream): (line: Line) => string {
  const { bold, dim, inverse, yellow } = coloursFor(stream);
  const styles = { title: inverse, head: bold, warning: yellow, faint: dim } as const;
  return ({ text, style }) => (style === undefined ? text : styles[style](text));
}

export interface ScreenEvents {
  /** The person has seen enough. */
  left(): void;
  resized(): void;
}

export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #paint: (line: Line) => string;
  readonly #onKey: (key: Buffer) => void;
  readonly #onResize: () => void;
  readonly #close = () => this.close();

  /** Takes the terminal over. */
  constructor(input: ReadStream, output: WriteStream, events: ScreenEvents) {
    this.#input = input;
    this.#output = output;
    this.#paint = painter(output);
    this.#onKey = (key) => {
      if (Object.values(leaving).some((code) => key.includes(code))) events.left();
    };
    this.#onResize = () => events.resized();
    output.write(Object.values(begin).join(''));
    output.on('resize', this.#onResize);
    // However this process ends.
    process.on('exit', this.#close);
    if (!input.isTTY) return;
    input.setRawMode(true);
    input.on('data', this.#onKey).resume();
  }

  get extent(): Extent {
    const { columns, rows } = this.#output;
    return { columns: columns || usualExtent.columns, rows: rows || usualExtent.rows };
  }

  draw(lines: readonly Line[]): void {
    // A terminal that takes nothing at the moment gets the next one.
    if (this.#output.writableNeedDrain) return;
    this.#output.write(frame(lines, this.#paint));
  }

  /** Gives it back. */
  close(): void {
    process.off('exit', this.#close);
    this.#output.off('resize', this.#onResize);
    if (this.#input.isTTY) {
      this.#input.off('data', this.#onKey).pause();
      this.#input.setRawMode(false);
    }
    this.#output.write(Object.values(end).reverse().join(''));
  }
}
