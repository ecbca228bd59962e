// Rows of a table that belong together, by the name that they have in a column.

export interface RowGroup {
  /** Undefined: the table has no such column, and all of its rows are one group. */
  readonly name: string | undefined;
  readonly rows: readonly number[];
}

/** The rows of every name, in the order in which names first appear. */
export function groupRows(count: number, names: readonly string[] | undefined): RowGroup[] {
  const groups = new Map<string | undefined, number[]>();
  for (let row = 0; row < count; row++) {
    const name = names?.[row];
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return Array.from(groups, ([name, rows]) => ({ name, rows }));
}
