// Float32 tensors by name, and the one order in which they are walked.

/** Data by name; functions that end in `Into` write into the arrays. */
export type Floats = Readonly<Record<string, Float32Array>>;

/** Ascending by UTF-16 code unit, whatever order the record was built in. */
export function sortedNames(record: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(record).sort();
}

/** @throws Error that names the first tensor which only one of the two has, or whose size differs. */
export function assertSameLayout(what: string, actual: Floats, expected: Floats): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const size = actual[name]?.length;
    const expectedSize = expected[name]?.length;
    if (size !== expectedSize) {
      throw new Error(`${what}: ${name} has ${size ?? 'no'} elements, expected ${expectedSize ?? 'none'}`);
    }
  }
}
