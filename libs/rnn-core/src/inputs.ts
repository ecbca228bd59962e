// A run's inputs, for every engine alike: checked against the program, and completed with the weights of the run before.

import { inputsOf, type Program, portType } from './program/program.ts';
import { describe, elements, type TensorData, type TensorId, type Tensors } from './program/tensor.ts';

/**
 * @param first no run has given the weights yet, so none may be left out.
 * @throws Error that names the first input that is missing, of the wrong type or of the wrong size.
 */
export function checkInputs(program: Program, inputs: Tensors, first: boolean): void {
  for (const port of program.inputs) {
    const type = portType(program, port);
    const data = inputs[port.name];
    const fault = (what: string) => new Error(`${program.name}: input ${port.name} (${describe(type)}) ${what}`);
    if (data === undefined) {
      if (port.role === 'weight' && !first) continue;
      throw fault('is missing');
    }
    if (data instanceof Int32Array !== (type.type === 'int32')) throw fault(`is a ${data.constructor.name}`);
    if (data.length !== elements(type.shape)) throw fault(`has ${data.length} elements`);
  }
}

/**
 * For engines whose memory does not keep the weights by itself.
 * @returns a function from checked inputs to all of them: copies of the weights, of the last run that gave each.
 */
export function keepWeights(program: Program): (inputs: Tensors) => Tensors {
  const names = inputsOf(program, 'weight').map(({ name }) => name);
  const kept: Record<string, TensorData> = {};
  return (inputs) => {
    for (const name of names) {
      const given = inputs[name];
      if (given !== undefined) kept[name] = given.slice();
    }
    return { ...inputs, ...kept };
  };
}

/** Integers outside their bounds would read beyond a tensor, which fast engines do in silence. */
export interface IntegerBound {
  readonly port: string;
  readonly what: string;
  readonly from: number;
  readonly below: number;
  /** The input int32 [B] of lengths, where only steps within them count of [T, B]. */
  readonly lengths?: string;
}

export function integerBounds(program: Program): IntegerBound[] {
  const name = (id: TensorId) => program.inputs.find((port) => port.tensor === id)?.name ?? `tensor ${id}`;
  /** Of sequences [T, B, ...]: 0 is a sequence that is not there. */
  const lengthsUpTo = (sequences: TensorId, lengths: TensorId | undefined): IntegerBound[] => {
    const time = program.tensors[sequences].shape[0];
    return lengths === undefined ? [] : [{ port: name(lengths), what: 'length', from: 0, below: time + 1 }];
  };
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
      case 'recurrent':
        return lengthsUpTo(operation.inputs.x, operation.inputs.lengths);
      case 'attention':
        return lengthsUpTo(operation.inputs.keys, operation.inputs.lengths);
      case 'pool':
        return lengthsUpTo(operation.inputs.x, operation.inputs.lengths);
      case 'crf': {
        const { emissions, targets } = operation.inputs;
        const [time, , tags] = program.tensors[emissions].shape;
        const lengths = name(operation.inputs.lengths);
        return [
          { port: lengths, what: 'length', from: 0, below: time + 1 },
          { port: name(targets), what: 'target', from: 0, below: tags, lengths },
        ];
      }
      default:
        return [];
    }
  });
}

/** @throws RangeError that names the first integer outside its bounds. */
export function checkIntegers(bounds: readonly IntegerBound[], inputs: Tensors): void {
  for (const { port, what, from, below, lengths } of bounds) {
    const within = lengths === undefined ? undefined : inputs[lengths];
    const counts = (index: number) =>
      within === undefined || Math.floor(index / within.length) < within[index % within.length];
    const wrong = inputs[port].find((value, index) => (value < from || value >= below) && counts(index));
    if (wrong !== undefined) throw new RangeError(`${what} ${wrong} in input ${port} is outside [${from}, ${below})`);
  }
}
