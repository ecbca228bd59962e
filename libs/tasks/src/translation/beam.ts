// Beam search for one text: the likeliest beginnings are kept and extended symbol by symbol (Sutskever et al. 2014).

export interface BeamOptions {
  /** Beginnings that are kept; 1: always the likeliest next symbol. */
  readonly beam: number;
  /** α of `penalty`; 0: the likeliest text is the best. */
  readonly lengthPenalty: number;
  /** The symbol that ends a text. */
  readonly end: number;
  /** Symbols of a text, its end among them, at most. */
  readonly longest: number;
}

/** A beginning that may go on. */
interface Beginning {
  readonly symbols: readonly number[];
  /** Natural logarithm of its probability. */
  readonly score: number;
  /** Which of the beginnings before it extends. */
  readonly parent: number;
}

/** What a text's score is divided by: ((5 + length) / 6)^α (Wu et al. 2016, arXiv:1609.08144, without coverage). */
export function penalty(length: number, alpha: number): number {
  return ((5 + length) / 6) ** alpha;
}

export class Beam {
  readonly #options: BeamOptions;
  #live: readonly Beginning[] = [{ symbols: [], score: 0, parent: 0 }];
  #best = { symbols: [] as readonly number[], score: Number.NEGATIVE_INFINITY };

  constructor(options: BeamOptions) {
    this.#options = options;
  }

  /** At most `beam`, the likeliest first; none: the search is over. */
  get live(): readonly Beginning[] {
    return this.#live;
  }

  /** Of the best text that was found, without its end. */
  get symbols(): readonly number[] {
    return this.#best.symbols;
  }

  /** Adds a symbol. @param logitsOf the next symbol, by the number of the beginning. */
  extend(logitsOf: (beginning: number) => ArrayLike<number>): void {
    const { end, longest, lengthPenalty } = this.#options;
    const live: Beginning[] = [];
    for (const { symbol, score, parent } of this.#likeliest(logitsOf)) {
      const before = this.#live[parent].symbols;
      if (symbol === end) this.#offer(before, score, before.length + 1);
      else if (before.length + 1 < longest) live.push({ symbols: [...before, symbol], score, parent });
      else this.#offer([...before, symbol], score, longest);
    }
    // A score only falls while a text grows, and no divisor is larger than that of the longest text.
    const mostHoped = live.length === 0 ? Number.NEGATIVE_INFINITY : live[0].score / penalty(longest, lengthPenalty);
    this.#live = mostHoped > this.#best.score ? live : [];
  }

  #offer(symbols: readonly number[], score: number, length: number): void {
    const normalized = score / penalty(length, this.#options.lengthPenalty);
    if (normalized > this.#best.score) this.#best = { symbols, score: normalized };
  }

  /** The best extensions; of equal ones that of the earlier beginning, then the smaller symbol. */
  #likeliest(logitsOf: (beginning: number) => ArrayLike<number>): Extension[] {
    const { beam } = this.#options;
    const found: Extension[] = [];
    this.#live.forEach(({ score: before }, parent) => {
      const logits = logitsOf(parent);
      const base = before - logSumExp(logits);
      for (let symbol = 0; symbol < logits.length; symbol++) {
        const score = base + logits[symbol];
        if (found.length === beam && !(score > found[beam - 1].score)) continue;
        let at = found.length;
        while (at > 0 && score > found[at - 1].score) at--;
        found.splice(at, 0, { symbol, score, parent });
        if (found.length > beam) found.pop();
      }
    });
    return found;
  }
}

interface Extension {
  readonly symbol: number;
  readonly score: number;
  readonly parent: number;
}

function logSumExp(logits: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i];
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - largest);
  return largest + Math.log(sum);
}
