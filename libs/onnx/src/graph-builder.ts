// An ONNX graph under way: nodes, constants, and which of its values each tensor of the program has become.

import { elements, type OperationKind, type TensorData, type TensorId, type Tensors } from '@rondo/rnn-core';
import { ExportFault } from './export-fault.ts';
import type { Attribute, Graph, Node, TensorValue, Value } from './messages.ts';
import { type FreeProgram, isFixed, type Size } from './sizes.ts';

/** A tensor of the program, the name of a value of the graph, or an operand that is left out. */
export type Operand = TensorId | string | undefined;

export class GraphBuilder {
  readonly #source: FreeProgram;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, TensorValue>();
  /** The value that a tensor has become. */
  readonly #names = new Map<TensorId, string>();
  readonly #weights = new Map<TensorId, TensorData>();
  /** Values that were made before, by what they are. */
  readonly #known = new Map<string, string>();

  constructor(source: FreeProgram, weights: Tensors) {
    const { program } = source;
    this.#source = source;
    for (const { role, name, tensor } of program.inputs) {
      this.#names.set(tensor, name);
      if (role !== 'weight') continue;
      const { shape } = program.tensors[tensor];
      const data = weights[name];
      if (data?.length !== elements(shape)) throw new Error(`${program.name}: weight ${name} is missing or misshapen`);
      this.#weights.set(tensor, data);
    }
  }

  /** A tensor's sizes. */
  shape(tensor: TensorId): readonly Size[] {
    return this.#source.shapes[tensor];
  }

  /** A size that no run changes. */
  fixed(tensor: TensorId, axis: number): number {
    const size = this.shape(tensor).at(axis);
    if (size !== undefined && isFixed(size)) return size.factor;
    throw new ExportFault('no-onnx-form', `${this.#source.program.name}: axis ${axis} of a tensor has no fixed size`);
  }

  /** The name of the value that an operand is. */
  name(operand: Operand): string {
    if (operand === undefined) return '';
    if (typeof operand === 'string') return operand;
    const name = this.#names.get(operand);
    if (name === undefined) {
      throw new ExportFault('no-onnx-form', `${this.#source.program.name}: a result that ONNX does not have is used`);
    }
    if (this.#weights.has(operand) && !this.#initializers.has(name)) {
      const { shape } = this.#source.program.tensors[operand];
      this.#initializers.set(name, { shape, data: this.#weights.get(operand) as TensorData });
    }
    return name;
  }

  /** From now on the tensor is this value. */
  set(tensor: TensorId, value: string): void {
    this.#names.set(tensor, value);
  }

  /** The values of a weight. @throws ExportFault for what is computed. */
  weight(kind: OperationKind, tensor: TensorId): { readonly name: string; readonly data: TensorData } {
    const data = this.#weights.get(tensor);
    if (data !== undefined) return { name: this.#names.get(tensor) as string, data };
    throw new ExportFault('no-onnx-form', `${this.#source.program.name}: weights of ${kind} that are computed`);
  }

  /** A node of one result. @returns the result's name. */
  node(operator: string, inputs: readonly Operand[], attributes: Node['attributes'] = {}): string {
    return this.nodes(operator, inputs, attributes, [''])[0];
  }

  /** @param results what each result is called behind the node's own name. */
  nodes(
    operator: string,
    inputs: readonly Operand[],
    attributes: Readonly<Record<string, Attribute>>,
    results: readonly string[],
  ): string[] {
    const names = inputs.map((operand) => this.name(operand));
    while (names.at(-1) === '') names.pop();
    const name = `${operator}_${this.#nodes.length}`;
    const outputs = results.map((result) => (result === '' ? name : `${name}.${result}`));
    this.#nodes.push({ name, operator, inputs: names, outputs, attributes });
    return outputs;
  }

  /** What `make` makes, once for each key. */
  once(key: string, make: () => string): string {
    const name = this.#known.get(key) ?? make();
    this.#known.set(key, name);
    return name;
  }

  /** A named constant of values that are made once. */
  initializer(name: string, make: () => TensorValue): string {
    if (!this.#initializers.has(name)) this.#initializers.set(name, make());
    return name;
  }

  /** Axes, sizes and the like: int64[n]. */
  integers(...values: readonly number[]): string {
    return this.initializer(`integers.${values.join('.')}`, () => ({
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    }));
  }

  /** A float32 number without axes. */
  number(value: number): string {
    return this.initializer(`number.${value}`, () => ({ shape: [], data: Float32Array.of(value) }));
  }

  /** x with the given sizes. */
  reshape(x: Operand, sizes: readonly Size[]): string {
    const free = sizes.filter((size) => !isFixed(size));
    // One size follows from the others.
    const shape =
      free.length > 1 ? this.lengths(sizes) : this.integers(...sizes.map((size) => (isFixed(size) ? size.factor : -1)));
    return this.node('Reshape', [x, shape]);
  }

  /** The sizes as numbers, once they are known: int64[n]. */
  lengths(sizes: readonly Size[]): string {
    if (sizes.every(isFixed)) return this.integers(...sizes.map(({ factor }) => factor));
    const lengths = sizes.map((size) => this.length(size));
    return this.node('Concat', lengths, { axis: { int: 0 } });
  }

  /** A size as int64[1]. */
  length({ factor, axes }: Size): string {
    const lengths = axes.map((axis) => this.#axisLength(axis));
    if (factor !== 1 || lengths.length === 0) lengths.unshift(this.integers(factor));
    return lengths.reduce((a, b) => this.node('Mul', [a, b]));
  }

  /** From the first input that has the axis. */
  #axisLength(axis: string): string {
    return this.once(`length of ${axis}`, () => {
      for (const { role, tensor } of this.#source.program.inputs) {
        const start = this.shape(tensor).findIndex(({ factor, axes }) => factor === 1 && axes.join() === axis);
        if (role === 'weight' || start === -1) continue;
        return this.node('Shape', [tensor], { start: { int: start }, end: { int: start + 1 } });
      }
      throw new ExportFault('no-onnx-form', `${this.#source.program.name}: no input has the axis ${axis}`);
    });
  }

  /** @returns the graph. @throws ExportFault when an input or output cannot be one. */
  finish(): Graph {
    const { program } = this.#source;
    const outputs = program.outputs.map(({ role, name, tensor }): Value => {
      // A state's input has its name already.
      const label = role === 'state' ? `${name}_next` : name;
      this.#nodes.push({
        name: `output ${label}`,
        operator: 'Identity',
        inputs: [this.name(tensor)],
        outputs: [label],
        attributes: {},
      });
      return this.#value(label, tensor);
    });
    const inputs = program.inputs
      .filter(({ role }) => role !== 'weight')
      .map(({ name, tensor }) => this.#value(name, tensor));
    return { name: program.name, nodes: this.#nodes, initializers: this.#initializers, inputs, outputs };
  }

  #value(name: string, tensor: TensorId): Value {
    const shape = this.shape(tensor).map((size) => {
      if (isFixed(size)) return size.factor;
      return size.factor === 1 ? size.axes.join('*') : `${size.factor}*${size.axes.join('*')}`;
    });
    return { name, type: this.#source.program.tensors[tensor].type, shape };
  }
}
