// Checks a plan's inputs against its program, for every engine alike.

import { type Program, portType } from './program/program.ts';
import { describe, elements, type TensorId, type Tensors } from './program/tensor.ts';

/** @throws Error that names the first input that is missing, of the wrong type or of the wrong size. */
export function checkInputs(program: Program, inputs: Tensors): void {
  for (const port of program.inputs) {
    const type = portType(program, port);
    const data = inputs[port.name];
    const fault = (what: string) => new Error(`${program.name}: input ${port.name} (${describe(type)}) ${what}`);
    if (data === undefined) throw fault('is missing');
    if (data instanceof Int32Array !== (type.type === 'int32')) throw fault(`is a ${data.constructor.name}`);
    if (data.length !== elements(type.shape)) throw fault(`has ${data.length} elements`);
  }
}

/** Integers outside their bounds would read beyond a tensor, which fast engines do in silence. */
export interface IntegerBound {
  readonly port: string;
  readonly what: string;
  readonly from: number;
  readonly below: number;
}

export function integerBounds(program: Program): IntegerBound[] {
  const name = (id: TensorId) => program.inputs.find((port) => port.tensor === id)?.name ?? `tensor ${id}`;
  return program.operations.flatMap((operation): IntegerBound[] => {
    switch (operation.kind) {
      case 'embedding': {
        const { table, ids } = operation.inputs;
        return [{ port: name(ids), what: 'id', from: 0, below: program.tensors[table].shape[0] }];
      }
      case 'embeddingGradient':
        return [{ port: name(operation.inputs.ids), what: 'id', from: 0, below: operation.options.rows }];
      case 'crossEntropy': {
        const { logits, targets } = operation.inputs;
        const below = program.tensors[logits].shape.at(-1) as number;
        return [{ port: name(targets), what: 'target', from: Number.NEGATIVE_INFINITY, below }];
      }
      default:
        return [];
    }
  });
}

/** @throws RangeError that names the first integer outside its bounds. */
export function checkIntegers(bounds: readonly IntegerBound[], inputs: Tensors): void {
  for (const { port, what, from, below } of bounds) {
    const wrong = inputs[port].find((value) => value < from || value >= below);
    if (wrong !== undefined) throw new RangeError(`${what} ${wrong} in input ${port} is outside [${from}, ${below})`);
  }
}
