// A model as an ONNX file: operation by operation, with its weights and a word about itself.

import { elements, inputsOf, type Program, portType, type Tensors } from '@rondo/rnn-core';
import { ExportFault } from './export-fault.ts';
import { GraphBuilder } from './graph-builder.ts';
import { modelMessage } from './messages.ts';
import { translate } from './operations.ts';
import { traceFree } from './sizes.ts';

export interface ExportedModel<A extends string> {
  /** Axes whose size each run of the file chooses. */
  readonly axes: readonly A[];
  /** The program for given sizes of these axes, without dropout; called twice. */
  trace(extent: Readonly<Record<A, number>>): Program;
  /** By PyTorch's names. */
  readonly weights: Tensors;
  /** Rondo's. */
  readonly version: string;
  /** What the file says about itself beside that: the run, the vocabulary, … */
  readonly metadata: Readonly<Record<string, string>>;
}

/** No protobuf message is larger. */
const mostBytes = 2 ** 31 - 1;

/**
 * The graph's inputs are the program's batch and states by their names, its outputs the results by theirs; the state that
 * replaces `h_l0` is called `h_l0_next`. Weights are constants of the graph.
 * @returns the file in pieces; tensors are views of the weights' own memory.
 * @throws ExportFault `no-onnx-form` that names the operation, `onnx-too-large`.
 */
export function encodeOnnx<A extends string>({
  axes,
  trace,
  weights,
  version,
  metadata,
}: ExportedModel<A>): readonly Uint8Array[] {
  const source = traceFree(trace, axes);
  const { program } = source;
  // Before anything is made of them.
  const numbers = inputsOf(program, 'weight').map((port) => elements(portType(program, port).shape));
  expectRoom(4 * numbers.reduce((sum, count) => sum + count, 0));
  const builder = new GraphBuilder(source, weights);
  for (const operation of program.operations) translate(builder, operation);
  const model = modelMessage(builder.finish(), version, metadata);
  expectRoom(model.size);
  return model.pieces;
}

function expectRoom(bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new ExportFault('onnx-too-large', `the model takes ${bytes} bytes, an ONNX file ${mostBytes} at most`);
}
