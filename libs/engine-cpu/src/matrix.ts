// A tensor as it lies in the arena.

/** Which way a matrix is stored, row after row: `features` as F rows of N columns, `rows` as N rows of F columns. */
export type Major = 'features' | 'rows';

/**
 * A tensor [..., F], read as a matrix of N rows (all axes but the last) and F features. What a layer computes is stored
 * by features, what PyTorch lays out (weights, a program's inputs and outputs) by rows.
 */
export interface Matrix {
  readonly major: Major;
  readonly rows: number;
  readonly features: number;
  /** Byte offset of the first element. */
  readonly at: number;
  /** Elements from one stored row to the next. */
  readonly ld: number;
}

/** Rows and columns as stored. */
export function stored({ major, rows, features }: Matrix): { rows: number; columns: number } {
  return major === 'rows' ? { rows, columns: features } : { rows: features, columns: rows };
}

/** `count` features from the given one on, of the same memory. */
export function featureRange(matrix: Matrix, start: number, count: number): Matrix {
  const skipped = matrix.major === 'rows' ? start : start * matrix.ld;
  return { ...matrix, features: count, at: matrix.at + 4 * skipped };
}

/** `count` rows from the given one on, of the same memory: time steps of a sequence. */
export function rowRange(matrix: Matrix, start: number, count: number): Matrix {
  const skipped = matrix.major === 'rows' ? start * matrix.ld : start;
  return { ...matrix, rows: count, at: matrix.at + 4 * skipped };
}

/** Whether the elements lie one after the other as a program's inputs and outputs do. */
export function isPlain({ major, rows, features, ld }: Matrix): boolean {
  return major === 'rows' ? ld === features || rows === 1 : features === 1 || (rows === 1 && ld === 1);
}
