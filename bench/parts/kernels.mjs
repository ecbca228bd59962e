// A page of kernels: matrix products by layout, gates, elementwise work, and where the gradient of one layer goes.

import { createCpuEngine } from '@rondo/engine-cpu';
import { gateCount } from '@rondo/rnn-core';
import { modelOf, openLayer } from '../harness/gradients.mjs';
import { decimal } from '../harness/report.mjs';
import { takeTurns } from '../harness/statistics.mjs';
import { createCases, library } from './kernel-cases.mjs';

/** A kernel takes microseconds: many short turns. */
const shortMs = 15;
/** Until the optimizing compiler has had them. */
const warmUpMs = 100;

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function kernels({ seed, effort, quick, say }) {
  say('kernels: one by one');
  const cases = createCases();
  const timings = await takeTurns(cases.map(contender), { rounds: quick ? 3 : 3 * effort.rounds, roundMs: shortMs });
  const measured = cases.map(({ what, by, unit, amount }, index) => {
    const { ms } = timings[index];
    return { what, by, unit, value: unit === 'GFLOP/s' ? amount / ms / 1e6 : (ms * 1e6) / amount };
  });
  const products = measured.filter(({ unit }) => unit === 'GFLOP/s');
  const productRows = [...new Set(products.map(({ what }) => what))].map((what) => {
    const by = (/** @type {string} */ name) => products.find((one) => one.what === what && one.by === name)?.value;
    return [what, decimal(by('BLAS')), decimal(by('SIMD'))];
  });
  const others = measured.filter(({ unit }) => unit !== 'GFLOP/s').map(({ what, value }) => [what, value.toFixed(2)]);
  const layers = await measureLayers(seed, effort, say);
  return {
    title: 'Kernels',
    notes: [
      'One thread; time x batch = 64 x 32. Products as a layer of an LSTM has them, W its weights, g its gates: M x N x K.',
      'A layer: forward and backward by its weights and its input; its parts by a clock around every step of the plan.',
    ],
    tables: [
      { columns: ['product', `${library ?? 'BLAS (none here)'}, GFLOP/s`, 'own SIMD, GFLOP/s'], rows: productRows },
      { columns: ['kernel', 'ns an element'], rows: others },
      { columns: ['layer', 'engine', 'ms', 'GFLOP/s', 'products', 'gates', 'other'], rows: layers.rows },
    ],
    bars: {},
    data: { kernels: measured, layers: layers.timings },
  };
}

/** @param {import('./kernel-cases.mjs').Case} one @returns {import('../harness/statistics.mjs').Contender} */
function contender({ what, run, before }) {
  const once = () => {
    before?.();
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  for (const end = performance.now() + warmUpMs; performance.now() < end; ) once();
  return {
    name: what,
    facts: {},
    round: async (steps) => ({ ms: Array.from({ length: steps }, once) }),
    stop: async () => {},
  };
}

/** @param {number} seed @param {import('../harness/statistics.mjs').Effort} effort @param {(text: string) => void} say */
async function measureLayers(seed, effort, say) {
  const rows = [];
  const timings = [];
  for (const name of /** @type {const} */ (['cpu', 'cpu-portable'])) {
    for (const cell of /** @type {const} */ (['lstm', 'gru'])) {
      for (const hidden of [128, 256, 512]) {
        say(`kernels: a layer, ${cell} ${hidden} on ${name}`);
        const work = { cell, hidden, layers: 1, batch: 32, time: 64, seed };
        const timing = await measureLayer(name, work, effort);
        const { ms, spent } = timing;
        const operations = 6 * work.batch * work.time * gateCount(modelOf(work).cell) * hidden * 2 * hidden;
        const parts = [spent.product, spent.gates, spent.other].map(decimal);
        rows.push([`${cell.toUpperCase()} ${hidden}`, name, decimal(ms), decimal(operations / ms / 1e6), ...parts]);
        timings.push({ engine: name, work, ...timing });
      }
    }
  }
  return { rows, timings };
}

/** @param {import('@rondo/engine-cpu').CpuEngineName} name @param {import('../harness/gradients.mjs').Work} work
 * @param {import('../harness/statistics.mjs').Effort} effort */
async function measureLayer(name, work, { rounds, roundMs }) {
  const spent = { product: 0, gates: 0, other: 0 };
  const stopwatch = {
    nowMs: () => performance.now(),
    add: (/** @type {keyof typeof spent} */ kind, /** @type {number} */ ms) => {
      spent[kind] += ms;
    },
  };
  const plain = createCpuEngine(name, { blas: process.env.RONDO_BLAS });
  const timed = createCpuEngine(name, { blas: process.env.RONDO_BLAS, stopwatch });
  const [{ compute }, watched] = [await openLayer(plain, work), await openLayer(timed, work)];
  const round = async (/** @type {number} */ steps) => {
    const ms = [];
    for (let left = steps; left > 0; left--) {
      const start = performance.now();
      await compute(() => {});
      ms.push(performance.now() - start);
    }
    return { ms };
  };
  await round(3);
  const contenders = [{ name, facts: {}, round, stop: async () => {} }];
  const [{ ms }] = await takeTurns(contenders, { rounds, roundMs: roundMs / 4 });
  await watched.compute(() => {});
  Object.assign(spent, { product: 0, gates: 0, other: 0 });
  const runs = 5;
  for (let run = 0; run < runs; run++) await watched.compute(() => {});
  await plain.dispose();
  await timed.dispose();
  const share = (/** @type {number} */ ofAll) => ofAll / runs;
  return { ms, spent: { product: share(spent.product), gates: share(spent.gates), other: share(spent.other) } };
}
