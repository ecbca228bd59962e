// One compute thread's training step: Rondo with and without BLAS, and every peer that is here, beside the largest product
// of the same run.

import { openBlas } from '@rondo/simd';
import { startNode } from '../harness/contender.mjs';
import { operationsOf, vocabularySize } from '../harness/gradients.mjs';
import { symbols } from '../harness/jobs.mjs';
import { peers } from '../harness/peers.mjs';
import { decimal, integer, times } from '../harness/report.mjs';
import { median, takeTurns, timesAsFast } from '../harness/statistics.mjs';

const sizes = /** @type {const} */ ([
  { hidden: 128, layers: 1, batch: 32, time: 64 },
  { hidden: 256, layers: 2, batch: 32, time: 64 },
  { hidden: 512, layers: 2, batch: 64, time: 64 },
]);
/** PyTorch's Adam as it comes. */
const learningRate = 0.001;
const optimizer = { name: 'adam', learningRate, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 };

/** @typedef {import('../harness/gradients.mjs').Work} Work */
/** @typedef {import('../harness/statistics.mjs').Timing} Timing */
/** @typedef {ReturnType<typeof resultOf>} Result */

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function step(settings) {
  /** @type {Record<string, number>} */
  const bars = {};
  const data = [];
  for (const cell of /** @type {const} */ (['lstm', 'gru'])) {
    for (const size of sizes) {
      const work = { cell, ...size, seed: settings.seed };
      settings.say(`step: ${cell} ${size.layers} x ${size.hidden}`);
      data.push({ work, ...(await measure(work, settings, bars)) });
    }
  }
  return {
    title: "One compute thread's training step",
    notes: [
      "A step is forward, backward and Adam on one batch, in every row: Rondo's Adam is its own kernels', in the same process. brain.js",
      'has no batches: its step is one sequence of 65 symbols. GFLOP/s are nominal, of the products as the model has them; Rondo computes',
      "the first layer's input product by symbols where that is less, so that rate and share can exceed what its products reach.",
    ],
    tables: [
      {
        columns: ['case', 'who', 'ms a step', 'of it gradients', 'tokens/s', 'GFLOP/s', 'share of sgemm', 'Rondo is'],
        rows: data.flatMap(({ rows }) => rows),
      },
    ],
    bars,
    data,
  };
}

/** @param {Work} work @param {import('../harness/report.mjs').Settings} settings @param {Record<string, number>} bars */
async function measure(work, settings, bars) {
  const contenders = await startAll(work);
  try {
    const timings = await takeTurns(contenders, settings.effort);
    const results = timings.map((timing) => resultOf(work, timing, timings));
    for (const result of results) Object.assign(bars, barsOf(work, result));
    const label = `${work.cell.toUpperCase()} ${work.layers} x ${work.hidden}, batch ${work.batch} x ${work.time}`;
    return { rows: results.map((result) => [label, ...rowOf(result)]), timings };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

/**
 * What a contender's times mean beside Rondo's and the largest product's.
 * @param {Work} work @param {Timing} timing @param {readonly Timing[]} timings Rondo's first
 */
function resultOf(work, timing, timings) {
  const { name, ms, facts, answers } = timing;
  const peak = timings.find((one) => one.facts.operations !== undefined);
  const isModel = timing !== peak;
  const tokens = work.batch * work.time;
  const own = name === 'brain' ? symbols.length : tokens;
  // brain.js's sequence is other work.
  const operations = isModel ? (own === tokens ? operationsOf(work) : undefined) : facts.operations;
  const gradients = answers.flatMap(({ gradientMs }) => gradientMs ?? []);
  return {
    name: isModel ? name : `sgemm ${facts.size}`,
    ms,
    gradientMs: gradients.length > 0 ? median(gradients) : undefined,
    tokensPerSecond: isModel ? (own * 1000) / ms : undefined,
    gflops: operations && operations / ms / 1e6,
    sharePercent:
      operations && peak?.facts.operations && 100 * timesAsFast(timing, peak, operations / peak.facts.operations),
    slower: isModel && timing !== timings[0] ? timesAsFast(timings[0], timing, tokens / own) : undefined,
  };
}

/** @param {Result} result */
const rowOf = ({ name, ms, gradientMs, tokensPerSecond, gflops, sharePercent, slower }) => [
  name,
  decimal(ms),
  decimal(gradientMs),
  tokensPerSecond === undefined ? '' : integer(tokensPerSecond),
  decimal(gflops),
  sharePercent === undefined ? '' : `${integer(sharePercent)} %`,
  slower === undefined ? '' : times(slower),
];

/** The bars that one result answers. @param {Work} work @param {Result} result */
function barsOf({ cell, hidden }, { name, gflops, sharePercent, slower }) {
  const answers = {
    pytorch: { [`pytorch-${cell}-${hidden}`]: slower },
    tensorflow: { tensorflow: slower },
    brain: { brain: slower },
    ...(cell === 'lstm' && {
      'rondo cpu': { [`share-${hidden}`]: sharePercent },
      'rondo cpu-portable': { [`portable-${hidden}`]: gflops },
    }),
  };
  return answers[/** @type {keyof typeof answers} */ (name)];
}

/** Rondo first, who is compared with each of the others. @param {Work} work */
async function startAll(work) {
  const rondo = (/** @type {string} */ engine) =>
    startNode(`rondo ${engine}`, 'rondo.mjs', { engine, optimizer, ...work });
  const options = { ...work, vocabulary: vocabularySize, learningRate, processes: 1, symbols };
  const contenders = [await rondo('cpu')];
  try {
    if (peers.pytorch.here) contenders.push(await peers.pytorch.start(options));
    if ('blas' in openBlas(process.env.RONDO_BLAS)) contenders.push(await startNode('sgemm', 'product.mjs', {}));
    contenders.push(await rondo('cpu-portable'));
    if (work.hidden === 128 && work.cell === 'lstm') {
      for (const peer of [peers.tensorflow, peers.brain]) if (peer.here) contenders.push(await peer.start(options));
    }
  } catch (error) {
    for (const contender of contenders) await contender.stop();
    throw error;
  }
  return contenders;
}
