// What arithmetic an engine really computes: a hash of a fixed program's output on it.

import { collectOutputs, type Engine } from './engine.ts';
import { languageModelParameters, languageModelStates, traceGradients } from './models/language-model.ts';
import { initialValues } from './models/parameter.ts';
import { portType } from './program/program.ts';
import { elements, type TensorData, type Tensors } from './program/tensor.ts';
import { hashOf, mix } from './random.ts';

const model = {
  vocabulary: 19,
  embedding: 12,
  hidden: 24,
  layers: 1,
  cell: { kind: 'lstm' },
  dropout: 0.25,
  tied: false,
} as const;
const extent = { time: 5, batch: 7 };

/**
 * Two engines with the same fingerprint compute the same bits on a small LSTM's gradients: a strong hint, not a proof,
 * that they do so everywhere.
 * @returns e.g. `webasm/gpu.js 2.24.1/9f02c41d`
 */
export async function fingerprint(engine: Engine): Promise<string> {
  const program = traceGradients(model, extent, 1);
  const plan = await engine.compile(program);
  const inputs: Record<string, TensorData> = { step: Int32Array.of(3), shard: Int32Array.of(1) };
  languageModelParameters(model).forEach((parameter, index) => {
    inputs[parameter.name] = initialValues(parameter, 7, index);
  });
  for (const name of languageModelStates(model)) {
    inputs[name] = Float32Array.from({ length: extent.batch * model.hidden }, (_, i) => Math.fround(((i % 7) - 3) / 8));
  }
  for (const port of program.inputs) {
    if (port.role !== 'batch') continue;
    const size = elements(portType(program, port).shape);
    inputs[port.name] = Int32Array.from({ length: size }, (_, i) => hashOf(i, port.name.length) % model.vocabulary);
  }
  const outputs = await collectOutputs(plan, inputs);
  plan.dispose();
  return `${engine.name}/${engine.device.library}/${hashTensors(outputs).toString(16).padStart(8, '0')}`;
}

function hashTensors(tensors: Tensors): number {
  let hash = 0;
  for (const name of Object.keys(tensors).sort()) {
    const data = tensors[name];
    for (const word of new Int32Array(data.buffer, data.byteOffset, data.length)) hash = mix(hash, word);
  }
  return hash;
}
