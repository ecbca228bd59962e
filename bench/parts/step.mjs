// One compute thread's training step: Rondo with and without BLAS, and every peer that is here, beside the largest product
// of the same run.

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
const learningRate = 0.001;

/** @typedef {import('../harness/gradients.mjs').Work} Work */

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
    const [rondo] = timings;
    const peak = timings.find(({ name }) => name === 'sgemm');
    const peakRate = peak && Number(peak.facts.operations) / peak.ms / 1e6;
    const tokens = work.batch * work.time;
    const label = `${work.cell.toUpperCase()} ${work.layers} x ${work.hidden}, batch ${work.batch} x ${work.time}`;
    const rows = timings.map((timing) => {
      const { name, ms, answers } = timing;
      if (timing === peak)
        return [label, `sgemm ${timing.facts.size}`, decimal(ms), '', '', decimal(peakRate), '100 %', ''];
      const own = name === 'brain' ? symbols.length : tokens;
      const gradients = answers.flatMap(({ gradientMs }) => (Array.isArray(gradientMs) ? gradientMs : []));
      const rate = name === 'brain' ? undefined : operationsOf(work) / ms / 1e6;
      return [
        label,
        name,
        decimal(ms),
        gradients.length > 0 ? decimal(median(gradients)) : '',
        integer((own * 1000) / ms),
        decimal(rate),
        rate !== undefined && peakRate !== undefined ? `${integer((100 * rate) / peakRate)} %` : '',
        timing === rondo ? '' : times(timesAsFast(rondo, timing, tokens / own)),
      ];
    });
    for (const timing of timings) {
      const { name, ms } = timing;
      if (name === 'pytorch') bars[`pytorch-${work.cell}-${work.hidden}`] = timesAsFast(rondo, timing);
      if (name === 'tensorflow') bars.tensorflow = timesAsFast(rondo, timing);
      if (name === 'brain') bars.brain = timesAsFast(rondo, timing, tokens / symbols.length);
      const rate = operationsOf(work) / ms / 1e6;
      if (name === 'rondo cpu-portable' && work.cell === 'lstm') bars[`portable-${work.hidden}`] = rate;
    }
    if (peak && peakRate !== undefined && work.cell === 'lstm') {
      bars[`share-${work.hidden}`] = (100 * operationsOf(work)) / rondo.ms / 1e6 / peakRate;
    }
    return { rows, timings };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

/** Rondo first, who is compared with each of the others. @param {Work} work */
async function startAll(work) {
  const rondo = (/** @type {string} */ engine) =>
    startNode(`rondo ${engine}`, 'rondo.mjs', { engine, optimizer: { learningRate }, ...work });
  const options = { ...work, vocabulary: vocabularySize, learningRate, processes: 1, symbols };
  const contenders = [await rondo('cpu')];
  try {
    if (peers.pytorch.here) contenders.push(await peers.pytorch.start(options));
    const product = startNode('sgemm', 'product.mjs', {});
    contenders.push(...(await product.then((one) => [one]).catch(() => [])));
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
