// An array that is not laid out as it has to be.

import { DataFault, type DataFile } from '@rondo/data';

/** @param expected e.g. `[sequences, time, features]`. */
export function shapeFault({ name, specPath }: DataFile, shape: readonly number[], expected: string): DataFault {
  return new DataFault('data-format', `${name} is [${shape}], expected ${expected}`, specPath);
}
