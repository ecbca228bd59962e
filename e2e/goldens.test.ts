// PyTorch's training runs on the fast engines: losses, gradient norms and the weights after the last step.

import { webgpuAbsence } from '@rondo/engine-gpu/testing';
import { createEngine } from '@rondo/engines';
import type { Engine } from '@rondo/rnn-core';
import { goldenTrainingCases } from '@rondo/training/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';

const absence = await webgpuAbsence();

describe.each(['cpu', 'cpu-portable', 'webasm', 'js', 'webgpu'] as const)('%s', (name) => {
  const skipped = name === 'webgpu' ? absence : undefined;
  describe.skipIf(skipped !== undefined)(skipped === undefined ? 'trains like PyTorch' : `skipped: ${skipped}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createEngine(name);
    });
    afterAll(() => engine.dispose());
    for (const { name: golden, run } of goldenTrainingCases()) test(golden, () => run(engine));
  });
});
