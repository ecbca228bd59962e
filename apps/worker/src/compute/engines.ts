// The engines a worker can offer: which work on this machine, and how fast.

import { createEngine } from '@rondo/engines';
import {
  type Engine,
  type EngineName,
  elements,
  fingerprint,
  initialValues,
  type LanguageModel,
  languageModelParameters,
  portType,
  type Tensors,
  traceGradients,
} from '@rondo/rnn-core';
import type { EngineReport, ProbeResult } from './messages.ts';

/** Tries engines one after the other, each on a small program. */
export async function probe(names: readonly EngineName[]): Promise<ProbeResult> {
  const working: EngineReport[] = [];
  const refused: { engine: EngineName; reason: string }[] = [];
  for (const name of names) {
    try {
      const engine = await createEngine(name);
      working.push({
        engine: name,
        device: engine.device,
        fingerprint: await fingerprint(engine),
        tokensPerSecond: await speed(engine),
      });
      await engine.dispose();
    } catch (error) {
      refused.push({ engine: name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { working, refused };
}

const small: LanguageModel = {
  vocabulary: 64,
  embedding: 32,
  hidden: 64,
  layers: 1,
  cell: { kind: 'lstm' },
  dropout: 0,
  tied: false,
};
const extent = { time: 16, batch: 8 };
/** V8 takes some 50 ms to optimize kernels and glue. */
const measuredMs = 120;

/** Tokens a second of the small model's gradients: the faster of two runs after one to warm up. */
async function speed(engine: Engine): Promise<number> {
  const plan = await engine.compile(traceGradients(small, extent, 1));
  const inputs: Record<string, Tensors[string]> = {};
  for (const port of plan.program.inputs) {
    const { shape, type } = portType(plan.program, port);
    inputs[port.name] = type === 'int32' ? new Int32Array(elements(shape)) : new Float32Array(elements(shape));
  }
  languageModelParameters(small).forEach((parameter, index) => {
    inputs[parameter.name] = initialValues(parameter, 1, index);
  });
  const run = () => plan.run(inputs, () => {});
  await run();
  let fastestMs = Number.POSITIVE_INFINITY;
  const end = performance.now() + measuredMs;
  for (let start = performance.now(); start < end; ) {
    await run();
    const after = performance.now();
    fastestMs = Math.min(fastestMs, after - start);
    start = after;
  }
  plan.dispose();
  return (1000 * extent.time * extent.batch) / fastestMs;
}
