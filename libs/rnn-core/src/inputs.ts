// Checks a plan's inputs against its program, for every engine alike.

import { type Program, portType } from './program/program.ts';
import { describe, elements, type Tensors } from './program/tensor.ts';

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
