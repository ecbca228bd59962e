// Starts contenders: processes that compute when asked to and rest while others have their turn.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const contenders = join(import.meta.dirname, '../contenders');

/** @param {string} name @param {string} file of contenders/ or an absolute path @param {object} options */
export const startNode = (name, file, options) =>
  startContender(name, [process.execPath, join(contenders, file)], options);

/**
 * @param {string} name @param {readonly string[]} command @param {object} options what the process is told, as JSON
 * @returns {Promise<import('./statistics.mjs').Contender>}
 * @throws Error with what the process said when it ends before it is ready, or in a round.
 */
export async function startContender(name, [program, ...words], options) {
  const child = spawn(program, [...words, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said = `${said}${text}`.slice(-2000);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', (error) => {
    said += error.message;
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) {
        await ended;
        throw new Error(`${name} ended: ${said.trim() || 'it said nothing'}`);
      }
      if (value.startsWith('{')) return JSON.parse(value);
    }
  };
  return {
    name,
    facts: await answer(),
    round(steps) {
      child.stdin.write(`${steps}\n`);
      return answer();
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
