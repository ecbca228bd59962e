// Every operation but the recurrent layer and the losses, in plain loops. Letters: N rows, I and O features, V vocabulary,
// E embedding, K inner size.

import { type Floats, floats, type Precision } from './arrays.ts';

/** y [N, E] = table [V, E] at ids [N]; the engine has checked the ids */
export function embedding(table: Floats, ids: Int32Array, E: number, precision: Precision): Floats {
  const y = floats(precision, ids.length * E);
  ids.forEach((id, n) => {
    y.set(table.subarray(id * E, (id + 1) * E), n * E);
  });
  return y;
}

/** dTable [V, E]: dy [N, E] added to the rows ids [N] */
export function embeddingGradient(ids: Int32Array, dy: Floats, V: number, precision: Precision): Floats {
  const E = dy.length / ids.length;
  const dTable = floats(precision, V * E);
  ids.forEach((id, n) => {
    for (let e = 0; e < E; e++) dTable[id * E + e] = dTable[id * E + e] + dy[n * E + e];
  });
  return dTable;
}

export interface Matrix {
  readonly data: Floats;
  readonly rows: number;
  readonly columns: number;
}

/** y [M, N] = op(a) op(b), op transposing on demand */
export function matmul(a: Matrix, b: Matrix, transposeA: boolean, transposeB: boolean, precision: Precision): Floats {
  const [M, K] = transposeA ? [a.columns, a.rows] : [a.rows, a.columns];
  const N = transposeB ? b.rows : b.columns;
  const y = floats(precision, M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) {
        const left = a.data[transposeA ? k * M + m : m * K + k];
        const right = b.data[transposeB ? n * K + k : k * N + n];
        sum += left * right;
      }
      y[m * N + n] = sum;
    }
  }
  return y;
}

/** y [N, O] += bias [O] */
export function addBiasInto(y: Floats, bias: Floats): void {
  for (let i = 0; i < y.length; i++) y[i] = y[i] + bias[i % bias.length];
}

/** y [O] = sum over the rows of x [N, O] */
export function sumRows(x: Floats, O: number, precision: Precision): Floats {
  const y = floats(precision, O);
  for (let i = 0; i < x.length; i++) y[i % O] = y[i % O] + x[i];
  return y;
}

/** y = operation(x), element by element */
export function map(x: Floats, operation: (value: number) => number, precision: Precision): Floats {
  const y = floats(precision, x.length);
  for (let i = 0; i < y.length; i++) y[i] = operation(x[i]);
  return y;
}

/** y = operation(a, b), element by element */
export function combine(
  a: Floats,
  b: Floats,
  operation: (a: number, b: number) => number,
  precision: Precision,
): Floats {
  const y = floats(precision, a.length);
  for (let i = 0; i < y.length; i++) y[i] = operation(a[i], b[i]);
  return y;
}

/** y [N, A + B]: rows of a [N, A] followed by rows of b [N, B] */
export function concat(a: Floats, b: Floats, A: number, B: number, precision: Precision): Floats {
  const y = floats(precision, a.length + b.length);
  for (let n = 0; n * A < a.length; n++) {
    y.set(a.subarray(n * A, (n + 1) * A), n * (A + B));
    y.set(b.subarray(n * B, (n + 1) * B), n * (A + B) + A);
  }
  return y;
}

/** y [N, to]: `count` features of x [N, from], read at `readAt`, written at `writeAt`, zeros elsewhere */
export function moveFeatures(
  x: Floats,
  { from, to, readAt, writeAt, count }: { from: number; to: number; readAt: number; writeAt: number; count: number },
  precision: Precision,
): Floats {
  const rows = x.length / from;
  const y = floats(precision, rows * to);
  for (let n = 0; n < rows; n++) {
    y.set(x.subarray(n * from + readAt, n * from + readAt + count), n * to + writeAt);
  }
  return y;
}
