// What goes into a pipeline with every call: the program's inputs as floats, and what only the host can make of them.

import {
  asMatrix,
  elements,
  fillDropoutMask,
  type Program,
  portType,
  type TensorId,
  type Tensors,
} from '@rondo/rnn-core';
import { placesOf, startsOf } from './kernels/embedding.ts';

export interface Argument {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  data(inputs: Tensors): Float32Array;
}

export const argumentNames = {
  /** An input (int32 as one row of floats) or a dropout mask. */
  tensor: (id: TensorId) => `tensor ${id}`,
  /** Where each id of an embedding stands (`startsOf`, `placesOf`). */
  starts: (ids: TensorId) => `starts ${ids}`,
  places: (ids: TensorId) => `places ${ids}`,
};

/** All arguments of the program's pipeline, in the order in which the pipeline takes them. */
export function pipelineArguments(program: Program): Argument[] {
  const list = new Map<string, Argument>();
  const add = (argument: Argument) => list.set(argument.name, argument);
  const portOf = (id: TensorId): string => {
    const port = program.inputs.find((candidate) => candidate.tensor === id);
    if (port === undefined) throw new Error(`${program.name}: int32 tensor ${id} must be an input of the program`);
    return port.name;
  };
  for (const port of program.inputs) {
    if (port.role === 'index') continue; // they key the masks, on the host
    const { shape, type } = portType(program, port);
    const name = argumentNames.tensor(port.tensor);
    if (type === 'float32') {
      add({ name, ...asMatrix(shape), data: (inputs) => inputs[port.name] as Float32Array });
    } else {
      add({ name, rows: 1, columns: elements(shape), data: (inputs) => Float32Array.from(inputs[port.name]) });
    }
  }
  for (const operation of program.operations) {
    if (operation.kind === 'dropoutMask') {
      const { options } = operation;
      const [stepPort, shardPort] = [portOf(operation.inputs.step), portOf(operation.inputs.shard)];
      const { rows, columns } = asMatrix(options.shape);
      add({
        name: argumentNames.tensor(operation.outputs.mask),
        rows,
        columns,
        data(inputs) {
          const mask = new Float32Array(rows * columns);
          fillDropoutMask(mask, options, inputs[stepPort][0], inputs[shardPort][0]);
          return mask;
        },
      });
    } else if (operation.kind === 'embeddingGradient') {
      const { ids } = operation.inputs;
      const { rows } = operation.options;
      const port = portOf(ids);
      const count = elements(program.tensors[ids].shape);
      const idsOf = (inputs: Tensors) => inputs[port] as Int32Array;
      const [starts, places] = [argumentNames.starts(ids), argumentNames.places(ids)];
      add({ name: starts, rows: 1, columns: rows + 1, data: (inputs) => startsOf(idsOf(inputs), rows) });
      add({ name: places, rows: 1, columns: count, data: (inputs) => placesOf(idsOf(inputs), rows) });
    }
  }
  return [...list.values()];
}
