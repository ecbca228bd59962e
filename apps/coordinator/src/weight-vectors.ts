// Which of a run's vectors of weights somebody still reads: workers they are on their way to, a checkpoint being written.

interface Vector {
  /** After which its weights came to be. */
  step: number;
  /** How many commits there had been by then. */
  commits: number;
  /** Messages on their way. */
  readonly sending: Set<{ readonly worker: string }>;
  holds: number;
}

export class WeightVectors {
  readonly #vectors: readonly Vector[];
  #present = 0;
  #commits = 0;

  /**
   * @param count of vectors: the present weights, the next, and others for who is slow. Memory that nobody has written to
   *   takes none of the machine's, so those cost nothing before they are needed.
   * @param step after which the weights in vector 0 came to be.
   */
  constructor(count: number, step: number) {
    this.#vectors = Array.from({ length: count }, () => ({ step, commits: 0, sending: new Set(), holds: 0 }));
  }

  /** The vector of the weights after the newest commit. */
  get present(): number {
    return this.#present;
  }

  /** Notes that a worker is sent the present weights. @param sent settles when nobody reads them for that any more. */
  send(worker: string, sent: Promise<unknown>): void {
    const { sending } = this.#vectors[this.#present];
    const message = { worker };
    sending.add(message);
    void sent.then(() => sending.delete(message));
  }

  /** Nothing is sent to a worker that is gone. */
  left(worker: string): void {
    for (const { sending } of this.#vectors) {
      for (const message of sending) if (message.worker === worker) sending.delete(message);
    }
  }

  /** Keeps the weights of a vector for somebody else. @returns lets them go; to be called once. */
  hold(vector: number): () => void {
    const held = this.#vectors[vector];
    held.holds += 1;
    return () => {
      held.holds -= 1;
    };
  }

  /**
   * The vector for the next weights: the lowest that nobody reads. Where there is none, the workers that have not yet
   * taken the oldest weights are disconnected.
   * @param disconnect ends the connection with a worker: nothing is read for it any more.
   * @throws Error when all are held by others than workers.
   */
  next(disconnect: (worker: string, reason: string) => void): number {
    const candidates = this.#vectors.filter(({ holds }, i) => i !== this.#present && holds === 0);
    const free = candidates.find(({ sending }) => sending.size === 0);
    if (free !== undefined) return this.#vectors.indexOf(free);
    if (candidates.length === 0) throw new Error('every vector of weights is held');
    const oldest = candidates.reduce((one, other) => (other.commits < one.commits ? other : one));
    const behind = this.#commits - oldest.commits;
    const reason = `did not take the weights of step ${oldest.step} while the cluster went ${behind} steps further`;
    for (const worker of new Set([...oldest.sending].map((message) => message.worker))) {
      disconnect(worker, reason);
      this.left(worker);
    }
    return this.#vectors.indexOf(oldest);
  }

  /** The weights after a step lie in a vector that `next` named. */
  committed(step: number, vector: number): void {
    this.#commits += 1;
    Object.assign(this.#vectors[vector], { step, commits: this.#commits });
    this.#present = vector;
  }
}
