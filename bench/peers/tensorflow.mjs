// A training step of the language model in TensorFlow.js, on its `cpu` backend: the WebAssembly one lacks the gradient of an
// embedding. The case is JSON.

import { createRequire } from 'node:module';
import { serve } from '../contenders/serve.mjs';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs');
const { vocabulary, hidden, layers, batch, time, seed, learningRate } = JSON.parse(process.argv[2]);
await tf.setBackend('cpu');

const model = tf.sequential();
model.add(tf.layers.embedding({ inputDim: vocabulary, outputDim: hidden, inputLength: time }));
for (let layer = 0; layer < layers; layer++) {
  // Its default, an orthogonal matrix, takes longer to draw than a step to train.
  model.add(tf.layers.lstm({ units: hidden, returnSequences: true, recurrentInitializer: 'glorotUniform' }));
}
model.add(tf.layers.dense({ units: vocabulary, activation: 'softmax' }));
model.compile({ optimizer: tf.train.adam(learningRate), loss: 'categoricalCrossentropy' });

const symbols = (/** @type {number} */ key) => tf.randomUniform([batch, time], 0, vocabulary, 'int32', key);
const ids = symbols(seed);
const targets = tf.oneHot(symbols(seed + 1), vocabulary);
let loss = Number.NaN;

await serve(
  { version: tf.version.tfjs, backend: tf.getBackend() },
  async () => {
    loss = await model.trainOnBatch(ids, targets);
  },
  () => ({ loss }),
);
