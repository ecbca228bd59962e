// The bars: what has to be reached, what is hoped for, and which part measures it. A part may know a goal or a limit that
// depends on the machine.

/**
 * @typedef {object} Bar
 * @property {string} id the name that a part gives its measurement
 * @property {string} part
 * @property {string} what
 * @property {string} unit behind the numbers
 * @property {number} [bar]
 * @property {number} [goal]
 * @property {true} [atMost] smaller is better
 * @property {number} [digits] behind the point
 */

const pyTorch = (/** @type {string} */ cell, /** @type {[number, number, number][]} */ rows) =>
  rows.map(([hidden, bar, goal]) => ({
    id: `pytorch-${cell}-${hidden}`,
    part: 'step',
    what: `one thread's step beside PyTorch, ${cell.toUpperCase()} ${hidden}`,
    unit: 'x',
    bar,
    goal,
  }));

const sizes = [128, 256, 512];

/** @type {readonly Bar[]} */
const bars = [
  ...pyTorch('lstm', [
    [128, 1.7, 2.2],
    [256, 1.35, 1.7],
    [512, 1.2, 1.4],
  ]),
  ...pyTorch('gru', [
    [128, 1.7, 2.2],
    [256, 1.25, 1.6],
    [512, 1.05, 1.3],
  ]),
  ...sizes.map((hidden, index) => {
    const what = `the step's nominal share of the largest sgemm, LSTM ${hidden}`;
    return { id: `share-${hidden}`, part: 'step', what, unit: ' %', bar: [60, 70, 75][index], goal: 85, digits: 0 };
  }),
  ...sizes.map((hidden) => {
    const what = `without BLAS, whole step, nominal, LSTM ${hidden}`;
    return { id: `portable-${hidden}`, part: 'step', what, unit: ' GFLOP/s', bar: 40, goal: 50, digits: 1 };
  }),
  { id: 'two-workers', part: 'cluster', what: 'two workers beside one', unit: 'x', bar: 1.7, goal: 1.95 },
  {
    id: 'two-threads',
    part: 'cluster',
    what: 'one worker, two threads beside one thread',
    unit: 'x',
    bar: 1.7,
    goal: 1.95,
  },
  {
    id: 'two-workers-pytorch',
    part: 'cluster',
    what: 'two workers beside PyTorch DistributedDataParallel, gloo, two processes',
    unit: 'x',
    bar: 1.25,
    goal: 1.6,
  },
  { id: 'tensorflow', part: 'step', what: 'beside TensorFlow.js, LSTM 128', unit: 'x', bar: 80, goal: 150, digits: 0 },
  { id: 'brain', part: 'step', what: 'beside brain.js, LSTM 128', unit: 'x', bar: 80, goal: 150, digits: 0 },
  { id: 'wire-out', part: 'wire', what: 'weights to a worker; goal: a raw socket', unit: ' MB/s', bar: 600, digits: 0 },
  { id: 'wire-back', part: 'wire', what: 'gradients back; goal: a raw socket', unit: ' MB/s', bar: 600, digits: 0 },
  {
    id: 'answers',
    part: 'answers',
    what: "a worker's connection answers while every core computes, within",
    unit: ' ms',
    bar: 50,
    atMost: true,
    digits: 0,
  },
  {
    id: 'memory',
    part: 'memory',
    what: "the coordinator's peak memory, Adam, four workers",
    unit: ' MB',
    atMost: true,
    digits: 0,
  },
  {
    id: 'checkpoints',
    part: 'checkpoints',
    what: 'checkpoints at the default interval, of the training time',
    unit: ' %',
    bar: 2,
    atMost: true,
  },
  {
    id: 'start',
    part: 'start',
    what: "`npm start`'s validation loss",
    unit: ' nats',
    bar: 1,
    goal: 0.8,
    atMost: true,
    digits: 3,
  },
];

/** @param {Record<string, import('./report.mjs').Part>} parts by name */
export function judge(parts) {
  return bars.map(({ id, part: name, what, unit, bar: fixedBar, goal: fixedGoal, atMost, digits = 2 }) => {
    const part = parts[name];
    const measured = part?.bars[id];
    const bar = part?.limits?.[id] ?? fixedBar;
    const goal = part?.goals?.[id] ?? fixedGoal;
    const show = (/** @type {number | undefined} */ value) =>
      value === undefined ? '' : `${value.toFixed(digits)}${unit}`;
    const meets = (/** @type {number | undefined} */ wanted) =>
      measured !== undefined && wanted !== undefined && (atMost ? measured <= wanted : measured >= wanted);
    const verdict = meets(goal) ? 'goal' : meets(bar) ? 'bar' : 'no';
    return { id, what, measured, bar, goal, verdict: measured === undefined ? 'not measured' : verdict, show };
  });
}
