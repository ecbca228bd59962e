// For tests: a program in the reference engine and its ONNX file in onnxruntime, side by side.

import {
  collectOutputs,
  createReferenceEngine,
  elements,
  hashOf,
  inputsOf,
  type Program,
  portType,
  type TensorData,
  type Tensors,
  uniform,
} from '@rondo/rnn-core';
import * as ort from 'onnxruntime-web';
import { type ExportedModel, encodeOnnx } from './encode-onnx.ts';

// In this thread, so that nothing outlives a test.
ort.env.wasm.numThreads = 1;

const whole = (pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));

/** In [-1, 1), by name and place. */
export function randomFloats(name: string, length: number): Float32Array {
  const seed = Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 2 ** 32, 7);
  return Float32Array.from({ length }, (_, i) => 2 * uniform(hashOf(seed, i)) - 1);
}

/** Random ones for every weight of a program. */
export function randomWeights(program: Program): Tensors {
  const ports = inputsOf(program, 'weight');
  return Object.fromEntries(
    ports.map((port) => [port.name, randomFloats(port.name, elements(portType(program, port).shape))]),
  );
}

/** What an exported model needs beside its program. */
export function exported<A extends string>(
  axes: readonly A[],
  trace: ExportedModel<A>['trace'],
  weights: Tensors,
): Uint8Array {
  return whole(encodeOnnx({ axes, trace, weights, version: '0.0.0', metadata: {} }));
}

/** A model in onnxruntime. */
export async function openSession(file: Uint8Array): Promise<ort.InferenceSession> {
  return await ort.InferenceSession.create(file, { executionProviders: ['wasm'], logSeverityLevel: 3 });
}

/** @param program for the shapes of the inputs: the model, traced for this run's sizes. */
export async function runSession(session: ort.InferenceSession, program: Program, inputs: Tensors): Promise<Tensors> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const port of program.inputs) {
    if (port.role === 'weight') continue;
    const { shape, type } = portType(program, port);
    feeds[port.name] =
      type === 'int32'
        ? new ort.Tensor('int32', inputs[port.name] as Int32Array, shape)
        : new ort.Tensor('float32', inputs[port.name] as Float32Array, shape);
  }
  const results = await session.run(feeds);
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as TensorData]));
}

/** The same outputs, a new state under its name in ONNX, by the reference engine. */
export async function runReference(program: Program, inputs: Tensors): Promise<Tensors> {
  const outputs = await collectOutputs(await createReferenceEngine().compile(program), inputs);
  return Object.fromEntries(
    program.outputs.map(({ role, name }) => [role === 'state' ? `${name}_next` : name, outputs[name]]),
  );
}

/** @returns the largest difference of any output. @throws Error when they differ in names or lengths. */
export function largestDifference(actual: Tensors, expected: Tensors): number {
  const names = Object.keys(expected).sort();
  if (Object.keys(actual).sort().join() !== names.join())
    throw new Error(`outputs ${Object.keys(actual)}, not ${names}`);
  const differences = names.map((name) => {
    const [a, b] = [actual[name], expected[name]];
    if (a.length !== b.length) throw new Error(`${name} has ${a.length} elements, not ${b.length}`);
    return Math.max(...Array.from(b, (value, i) => Math.abs(value - a[i])));
  });
  return Math.max(...differences);
}
