// Medians, and rounds in which contenders take turns: machines are noisy, and what disturbs one disturbs its neighbour too.

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @typedef {{ ms: number[], gradientMs?: number[], loss?: number, metrics?: Record<string, number> }} Answer the time of
 *   every step of a round, of it the gradients', the last loss, and what a run's own metrics say
 * @typedef {object} Facts what a contender says of itself
 * @property {string} [version]
 * @property {string | null} [oneDNN] the version that PyTorch was built with
 * @property {string[]} [libraries] files that it has loaded
 * @property {string} [description] what an engine runs on
 * @property {string} [library]
 * @property {string} [size] of the largest product
 * @property {number} [operations] of it
 * @property {string} [command] that starts it
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {Facts} facts
 * @property {(steps: number) => Promise<Answer>} round
 * @property {number} [steps] of a round, where their number is fixed
 * @property {() => Promise<void>} stop
 *
 * @typedef {{ rounds: number, roundMs: number }} Effort
 * @typedef {object} Timing
 * @property {string} name
 * @property {Facts} facts
 * @property {number[]} roundMs the median step of each round
 * @property {number} ms their median
 * @property {number} steps timed in each round
 * @property {Answer[]} answers
 */

/**
 * Every round, every contender computes for some `roundMs`, in turn. The first step of a turn is left out, since it finds
 * cold caches, unless it alone takes longer than a turn should.
 * @param {readonly Contender[]} contenders @param {Effort} effort @returns {Promise<Timing[]>}
 */
export async function takeTurns(contenders, { rounds, roundMs }) {
  const timings = [];
  for (const { name, facts, round, steps } of contenders) {
    const ms = steps === undefined ? (await round(2)).ms[1] : 0;
    const count = steps ?? Math.min(1000, Math.max(1, Math.round(roundMs / ms)));
    timings.push({ name, facts, round, steps: count, untimed: steps === undefined && ms < roundMs ? 1 : 0 });
  }
  const answers = timings.map(() => /** @type {Answer[]} */ ([]));
  for (let turn = 0; turn < rounds; turn++) {
    for (const [index, { round, steps, untimed }] of timings.entries()) {
      const { ms, ...more } = await round(steps + untimed);
      answers[index].push({ ...more, ms: ms.slice(untimed) });
    }
  }
  return timings.map(({ name, facts, steps }, index) => {
    const medians = answers[index].map(({ ms }) => median(ms));
    return { name, facts, steps, roundMs: medians, ms: median(medians), answers: answers[index] };
  });
}

/** How many times as fast one is as the other: the median over the pairs of neighbouring turns.
 * @param {Timing} one @param {Timing} other @param {number} work of a step of one, in steps of the other */
export const timesAsFast = (one, other, work = 1) =>
  work * median(one.roundMs.map((ms, round) => other.roundMs[round] / ms));
