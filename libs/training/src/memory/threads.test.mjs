// The other thread of threads.test.ts, on the built library: adds slots that were reserved after it had attached.

import { parentPort, workerData } from 'node:worker_threads';
import { ModelArrays } from '@rondo/training';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const arrays = new ModelArrays(workerData);
let refusal = '';
try {
  arrays.slot(1);
} catch (error) {
  refusal = /** @type {Error} */ (error).message;
}
port.postMessage(refusal);
port.once('message', () => {
  arrays.put(1, 'a', new Float32Array(arrays.slot(1).a.length).fill(2));
  arrays.addInto(0, 1);
  port.postMessage('added');
});
