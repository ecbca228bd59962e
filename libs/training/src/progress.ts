// How far a run is, from its metrics: for status, for the progress line, for people.

/** Steps whose times count for the speed. */
const window = 50;

export class Progress {
  step: number;
  readonly steps: number;
  /** Nats a target of the newest committed step, and of the newest validation. */
  loss: number | undefined;
  validationLoss: number | undefined;
  /** Of that validation, beside the loss. */
  scores: Readonly<Record<string, number>> = {};
  #recent: { tokens: number; seconds: number }[] = [];

  constructor(step: number, steps: number) {
    this.step = step;
    this.steps = steps;
  }

  /** Takes in a line of metrics.jsonl. */
  note(line: string): void {
    const { split, step, loss, scores, tokens, seconds } = JSON.parse(line);
    if (split === 'validation') {
      this.validationLoss = loss;
      this.scores = scores ?? {};
      return;
    }
    this.step = step;
    this.loss = loss;
    this.#recent = [...this.#recent, { tokens, seconds }].slice(-window);
  }

  get tokensPerSecond(): number {
    const tokens = this.#recent.reduce((sum, entry) => sum + entry.tokens, 0);
    const seconds = this.#recent.reduce((sum, entry) => sum + entry.seconds, 0);
    return seconds > 0 ? tokens / seconds : 0;
  }

  /** Of training that is left, at the present speed; undefined before the first steps. */
  get secondsLeft(): number | undefined {
    if (this.#recent.length === 0) return undefined;
    const seconds = this.#recent.reduce((sum, entry) => sum + entry.seconds, 0);
    return ((this.steps - this.step) * seconds) / this.#recent.length;
  }
}
