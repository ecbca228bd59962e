// What each operation of a program is in ONNX (https://onnx.ai/onnx/operators).

import type { Operation, OperationKind, TensorId } from '@rondo/rnn-core';
import { ExportFault } from './export-fault.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { recurrent } from './recurrent.ts';
import { sequences } from './sequences.ts';

/** Adds an operation to the graph and tells it which values its results are. */
type Translation<K extends OperationKind> = (graph: GraphBuilder, operation: Operation<K>) => void;

/** What is missing here appears in training alone, or has no form in ONNX. */
const translations: { readonly [K in OperationKind]?: Translation<K> } = {
  embedding(graph, { inputs: { table, ids }, outputs: { y } }) {
    graph.set(y, graph.node('Gather', [table, ids]));
  },
  linear(graph, { inputs: { x, weight, bias }, outputs: { y } }) {
    const product = graph.node('MatMul', [x, transpose(graph, weight)]);
    graph.set(y, bias === undefined ? product : graph.node('Add', [product, bias]));
  },
  matmul(graph, { inputs: { a, b }, outputs: { y }, options: { transposeA, transposeB } }) {
    const left = transposeA ? transpose(graph, matrix(graph, a)) : a;
    const right = transposeB ? transpose(graph, matrix(graph, b)) : matrix(graph, b);
    graph.set(y, graph.node('MatMul', [left, right]));
  },
  add(graph, { inputs: { a, b }, outputs: { y } }) {
    graph.set(y, graph.node('Add', [a, b]));
  },
  multiply(graph, { inputs: { a, b }, outputs: { y } }) {
    graph.set(y, graph.node('Mul', [a, b]));
  },
  concat(graph, { inputs: { a, b }, outputs: { y } }) {
    graph.set(y, graph.node('Concat', [a, b], { axis: { int: -1 } }));
  },
  slice(graph, { inputs: { x }, outputs: { y }, options: { start, size } }) {
    const range = [graph.integers(start), graph.integers(start + size), graph.integers(-1)];
    graph.set(y, graph.node('Slice', [x, ...range]));
  },
  pad(graph, { inputs: { x }, outputs: { y }, options: { start, size } }) {
    const outer = new Array<number>(graph.shape(x).length - 1).fill(0);
    const behind = size - start - graph.fixed(x, -1);
    graph.set(y, graph.node('Pad', [x, graph.integers(...outer, start, ...outer, behind)]));
  },
  fill(graph, { outputs: { y }, options: { value } }) {
    const tensor = { shape: [1], data: Float32Array.of(value) };
    graph.set(y, graph.node('ConstantOfShape', [graph.lengths(graph.shape(y))], { value: { tensor } }));
  },
  recurrent,
  ...sequences,
};

/** @throws ExportFault for an operation, or a use of one, that has no form in ONNX. */
export function translate(graph: GraphBuilder, operation: Operation): void {
  const translation = translations[operation.kind] as Translation<OperationKind> | undefined;
  if (translation === undefined) throw new ExportFault('no-onnx-form', `${operation.kind} has no form in ONNX`);
  translation(graph, operation);
}

/** A matrix's transpose, made once. */
function transpose(graph: GraphBuilder, operand: TensorId | string): string {
  const name = graph.name(operand);
  return graph.once(`transpose of ${name}`, () => graph.node('Transpose', [name], { perm: { ints: [1, 0] } }));
}

/** A tensor read as a matrix: all axes but the last are rows. */
function matrix(graph: GraphBuilder, tensor: TensorId): TensorId | string {
  if (graph.shape(tensor).length === 2) return tensor;
  return graph.node('Reshape', [tensor, graph.integers(-1, graph.fixed(tensor, -1))]);
}
