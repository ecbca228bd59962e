// Two threads over one model memory.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { ModelArrays } from './model-arrays.ts';
import { createModelMemory } from './model-memory.ts';

test.each(['float32', 'float16'] as const)('a thread sees slots that another reserved later, %s', async (type) => {
  const format = { type, exponent: 0 };
  const memory = createModelMemory([{ name: 'a', shape: [300, 1000] }], { format, vectors: 1, slots: 4 });
  const thread = new Worker(new URL('./threads.test.mjs', import.meta.url), {
    workerData: memory,
    execArgv: [],
  });
  try {
    expect(await once(thread, 'message')).toEqual(['slot 1 of the model memory is not reserved']);
    const arrays = new ModelArrays(memory);
    arrays.reserve(2);
    arrays.put(0, 'a', new Float32Array(300_000).fill(1));
    thread.postMessage('add');
    expect(await once(thread, 'message')).toEqual(['added']);
    const expected = type === 'float32' ? 3 : 0x4200;
    expect(arrays.slot(0).a.every((value) => value === expected)).toBe(true);
  } finally {
    await thread.terminate();
  }
});
