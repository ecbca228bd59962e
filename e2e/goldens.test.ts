// PyTorch's training runs on the gpu.js engines: losses, gradient norms and the weights after the last step.

import { createGpuEngine } from '@rondo/engine-gpu';
import { webgpuAbsence } from '@rondo/engine-gpu/testing';
import type { Engine } from '@rondo/rnn-core';
import { goldenTrainingCases } from '@rondo/training/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';

const absence = await webgpuAbsence();

describe.each(['webasm', 'js', 'webgpu'] as const)('%s', (name) => {
  const skipped = name === 'webgpu' ? absence : undefined;
  describe.skipIf(skipped !== undefined)(skipped === undefined ? 'trains like PyTorch' : `skipped: ${skipped}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createGpuEngine(name);
    });
    afterAll(() => engine.dispose());
    for (const { name: golden, run } of goldenTrainingCases()) test(golden, () => run(engine));
  });
});
