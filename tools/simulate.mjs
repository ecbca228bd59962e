// Runs the coordinator's brain through schedules of faults: `npm run simulate -- --schedules N --seed S`, or
// `npm run simulate -- --trace SEED` for the transcript of one.

import { parseArgs } from 'node:util';
import * as brain from '@rondo/training';
import { simulate } from '@rondo/training/simulation';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'string' },
  },
});

if (values.trace !== undefined) trace(wholeNumber('trace', values.trace));
else run(wholeNumber('schedules', values.schedules), wholeNumber('seed', values.seed));

/** @param {number} seed */
function trace(seed) {
  const report = simulate(brain, seed, true);
  console.log(report.lines.join('\n'));
  console.log(`seed ${seed}, hash ${report.hash}: ${report.failure ?? 'every promise was kept'}`);
  process.exitCode = report.failure === undefined ? 0 : 1;
}

/**
 * @param {number} schedules
 * @param {number} first
 */
function run(schedules, first) {
  const started = performance.now();
  let toldAt = started;
  const failed = [];
  /** @type {Map<string, number>} */
  const counts = new Map();
  let simulatedMs = 0;
  let longestRound = 0;
  for (let seed = first; seed < first + schedules; seed++) {
    const report = simulate(brain, seed);
    for (const [name, count] of report.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    simulatedMs += report.simulatedMs;
    longestRound = Math.max(longestRound, report.longestRound);
    if (report.failure !== undefined) {
      failed.push(seed);
      console.log(`seed ${seed}: ${report.failure}`);
    }
    if (performance.now() - toldAt > 5000) {
      toldAt = performance.now();
      console.log(`${seed - first + 1} of ${schedules} schedules, ${failed.length} failed`);
    }
  }
  const seconds = (performance.now() - started) / 1000;
  for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(12)}  ${name}`);
  console.log(`longest round: ${(100 * longestRound).toFixed(0)} % of what is allowed`);
  console.log(
    `${schedules} schedules from seed ${first}, ${failed.length} failed; ` +
      `${(simulatedMs / 3_600_000).toFixed(1)} h of simulated time in ${seconds.toFixed(0)} s`,
  );
  if (failed.length === 0) return;
  process.exitCode = 1;
  trace(failed[0]);
}

/**
 * @param {string} option
 * @param {string} text
 */
function wholeNumber(option, text) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${option} takes a whole number, not ${text}`);
  process.exit(2);
}
