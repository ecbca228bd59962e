// ONNX's own messages, as far as they are needed: field numbers of onnx.proto (https://github.com/onnx/onnx).

import type { Shape } from '@rondo/rnn-core';
import { Message } from './protobuf.ts';

/** ONNX's numbers for the types of elements; int64 tensors hold shapes, axes and the like. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
type ElementName = keyof typeof elementTypes;

export interface TensorValue {
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

/** An input or output of the graph: a size is a number, or the name of an axis whose size each run chooses. */
export interface Value {
  readonly name: string;
  readonly type: ElementName;
  readonly shape: readonly (number | string)[];
}

export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TensorValue };

export interface Node {
  readonly name: string;
  readonly operator: string;
  /** Names; an empty one stands for what is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, TensorValue>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Version 8 of the file format, with the operators of version 17: onnxruntime 1.12 and newer, onnx 1.12 and newer. */
const irVersion = 8;
const operatorSet = 17;

export function modelMessage(graph: Graph, version: string, metadata: Readonly<Record<string, string>>): Message {
  const model = new Message()
    .integer(1, irVersion)
    .text(2, 'Rondo')
    .text(3, version)
    .message(7, graphMessage(graph))
    .message(8, new Message().text(1, '').integer(2, operatorSet));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
  return model;
}

function graphMessage({ name, nodes, initializers, inputs, outputs }: Graph): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeMessage(node));
  graph.text(2, name);
  for (const [label, tensor] of initializers) graph.message(5, tensorMessage(tensor, label));
  for (const value of inputs) graph.message(11, valueMessage(value));
  for (const value of outputs) graph.message(12, valueMessage(value));
  return graph;
}

function nodeMessage({ name, operator, inputs, outputs, attributes }: Node): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, name).text(4, operator);
  for (const [key, attribute] of Object.entries(attributes)) node.message(5, attributeMessage(key, attribute));
  return node;
}

function attributeMessage(name: string, attribute: Attribute): Message {
  const message = new Message().text(1, name);
  const ofType = (type: number) => message.integer(20, type);
  if ('float' in attribute) return ofType(1).float(2, attribute.float);
  if ('int' in attribute) return ofType(2).integer(3, attribute.int);
  if ('string' in attribute) return ofType(3).text(4, attribute.string);
  if ('tensor' in attribute) return ofType(4).message(5, tensorMessage(attribute.tensor));
  if ('ints' in attribute) {
    ofType(7);
    for (const value of attribute.ints) message.integer(8, value);
    return message;
  }
  ofType(8);
  for (const value of attribute.strings) message.text(9, value);
  return message;
}

function tensorMessage({ shape, data }: TensorValue, name?: string): Message {
  const tensor = new Message();
  for (const size of shape) tensor.integer(1, size);
  tensor.integer(2, elementTypes[elementName(data)]);
  if (name !== undefined) tensor.text(8, name);
  // Raw data is little-endian, as is every machine that this runs on.
  return tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function elementName(data: TensorValue['data']): ElementName {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

function valueMessage({ name, type, shape }: Value): Message {
  const dimensions = new Message();
  for (const size of shape) {
    const dimension = new Message();
    dimensions.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size));
  }
  const tensor = new Message().integer(1, elementTypes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
