// The gpu.js engines against the conformance suite.
import { describe, expect, test, afterAll } from 'vitest';
import { conformanceCases } from '@rondo/rnn-core/conformance';
import { createGpuEngine } from './index.ts';

for (const name of ['webasm', 'js', 'webgpu'] as const) {
  const engine = await createGpuEngine(name);
  describe(name, () => {
    for (const { name: c, run } of conformanceCases()) test(c, () => run(engine));
    afterAll(() => engine.dispose());
  });
}
