// A training step of brain.js's LSTM: it has no batches, so a step is one sequence that holds every symbol once. The case is
// JSON.

import { createRequire } from 'node:module';
import { serve } from '../contenders/serve.mjs';

const load = createRequire(import.meta.url);
const brain = load('brain.js');
const { hidden, layers, symbols } = JSON.parse(process.argv[2]);
const network = new brain.recurrent.LSTM({ hiddenLayers: Array(layers).fill(hidden) });

await serve({ version: load('brain.js/package.json').version }, () => {
  network.train([symbols], { iterations: 1, log: false });
});
