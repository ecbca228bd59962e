// Records a model as a program: every call checks shapes and appends one operation.

import { definitions } from './definitions.ts';
import type { Operands, Operation, OperationKind, Results, Signatures } from './operation.ts';
import type { InputRole, OutputRole, Port, Program } from './program.ts';
import type { ElementType, Shape, Tensor, TensorId, TensorType } from './tensor.ts';

/** An operation while it is traced, with tensors where the program will hold ids. */
export interface Recorded {
  readonly kind: OperationKind;
  readonly inputs: Named;
  readonly outputs: Named;
  readonly options: Signatures[OperationKind]['options'];
}

interface Named {
  readonly [name: string]: Tensor | undefined;
}

/**
 * @example
 * const trace = new Trace();
 * const x = trace.input('batch', 'x', [8, 3]);
 * const weight = trace.input('weight', 'weight', [2, 3]);
 * trace.output('result', 'y', trace.apply('linear', { x, weight }, {}).y);
 * const program = trace.program('linear');
 */
export class Trace {
  readonly recorded: Recorded[] = [];
  readonly #types: TensorType[] = [];
  readonly #inputs: Port<InputRole>[] = [];
  readonly #outputs: Port<OutputRole>[] = [];

  input(role: InputRole, name: string, shape: Shape, type: ElementType = 'float32'): Tensor {
    const tensor = this.#tensor({ shape, type });
    this.#inputs.push({ name, role, tensor: tensor.id });
    return tensor;
  }

  apply<K extends OperationKind>(
    kind: K,
    inputs: Operands<K, Tensor>,
    options: Signatures[K]['options'],
  ): Results<K, Tensor> {
    const types = definitions[kind].results(inputs, options);
    const outputs = mapValues(types, (type: TensorType) => this.#tensor(type)) as Results<K, Tensor>;
    this.recorded.push({ kind, inputs, outputs, options });
    return outputs;
  }

  output(role: OutputRole, name: string, tensor: Tensor): void {
    this.#outputs.push({ name, role, tensor: tensor.id });
  }

  /** The program of everything recorded so far that an output needs. */
  program(name: string): Program {
    const needed = new Set<TensorId>(this.#outputs.map((port) => port.tensor));
    const operations: Operation[] = [];
    for (const operation of this.recorded.toReversed()) {
      if (!values(operation.outputs).some((tensor) => needed.has(tensor.id))) continue;
      for (const tensor of values(operation.inputs)) needed.add(tensor.id);
      operations.unshift({
        kind: operation.kind,
        inputs: mapValues(operation.inputs, (tensor: Tensor) => tensor.id),
        outputs: mapValues(operation.outputs, (tensor: Tensor) => tensor.id),
        options: operation.options,
      } as Operation);
    }
    return { name, tensors: [...this.#types], inputs: [...this.#inputs], operations, outputs: [...this.#outputs] };
  }

  #tensor({ shape, type }: TensorType): Tensor {
    const tensor: Tensor = { id: this.#types.length, shape, type };
    this.#types.push({ shape, type });
    return tensor;
  }
}

/** The present values of a record of operands or results. */
export function values<T>(record: { readonly [name: string]: T | undefined }): T[] {
  return Object.values(record).filter((value) => value !== undefined);
}

function mapValues<T, U>(record: object, map: (value: T) => U): Record<string, U> {
  const entries = Object.entries(record as Record<string, T | undefined>);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, map(value)]])));
}
