// What every contender in JavaScript says: a line of facts when it is ready, then a line of milliseconds for each line of
// standard input, which holds a number of steps. It rests in between, while others have their turn.

import { createInterface } from 'node:readline';

/**
 * @param {object} facts for the report: versions, sizes.
 * @param {() => unknown} step what is timed; a promise is awaited.
 * @param {() => object} after what to say beside the times of a round.
 */
export async function serve(facts, step, after = () => ({})) {
  const say = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  say(facts);
  for await (const line of createInterface({ input: process.stdin })) {
    const ms = [];
    for (let left = Number(line); left > 0; left--) {
      const start = performance.now();
      await step();
      ms.push(performance.now() - start);
    }
    say({ ms, ...after() });
  }
}
