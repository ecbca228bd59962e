// Rows of a table by ids, transposed on the way, and their gradient. E width, N positions; 16 columns at a time, which are
// one cache line of every row of y.

import { column0, column1, column2, column3, loadLanes, storeLanes } from './lanes';

/** y [E, N] = table [V, E] at ids int32 [N] */
export function embedding(table: usize, width: i32, ids: usize, n: i32, y: usize, ldY: i32): void {
  for (let block = 0; block < n; block += 16) {
    const end = min(block + 16, n);
    for (let e = 0; e < width; e += 4) {
      const features = min(width - e, 4);
      for (let column = block; column < end; column += 4) {
        const lanes = min(end - column, 4);
        const a = rowAt(table, width, ids, column, e, features);
        const b = rowAt(table, width, ids, min(column + 1, end - 1), e, features);
        const c = rowAt(table, width, ids, min(column + 2, end - 1), e, features);
        const d = rowAt(table, width, ids, min(column + 3, end - 1), e, features);
        const to = y + 4 * (e * ldY + column);
        storeLanes(to, column0(a, b, c, d), lanes);
        if (features > 1) storeLanes(to + 4 * ldY, column1(a, b, c, d), lanes);
        if (features > 2) storeLanes(to + 8 * ldY, column2(a, b, c, d), lanes);
        if (features > 3) storeLanes(to + 12 * ldY, column3(a, b, c, d), lanes);
      }
    }
  }
}

@inline
function rowAt(table: usize, width: i32, ids: usize, n: i32, e: i32, features: i32): v128 {
  return loadLanes(table + 4 * (load<i32>(ids + 4 * n) * width + e), features);
}

/** dTable [V, E] += dy [E, N] by ids, in order of n. */
export function embeddingGradient(ids: usize, n: i32, dy: usize, ldDy: i32, width: i32, dTable: usize): void {
  for (let block = 0; block < n; block += 16) {
    const end = min(block + 16, n);
    for (let e = 0; e < width; e += 4) {
      const features = min(width - e, 4);
      for (let column = block; column < end; column += 4) {
        const lanes = min(end - column, 4);
        const from = dy + 4 * (e * ldDy + column);
        const a = loadLanes(from, lanes);
        const b = loadLanes(from + 4 * min(1, features - 1) * ldDy, lanes);
        const c = loadLanes(from + 4 * min(2, features - 1) * ldDy, lanes);
        const d = loadLanes(from + 4 * min(3, features - 1) * ldDy, lanes);
        addToRow(dTable, width, ids, column, e, features, column0(a, b, c, d));
        if (lanes > 1) addToRow(dTable, width, ids, column + 1, e, features, column1(a, b, c, d));
        if (lanes > 2) addToRow(dTable, width, ids, column + 2, e, features, column2(a, b, c, d));
        if (lanes > 3) addToRow(dTable, width, ids, column + 3, e, features, column3(a, b, c, d));
      }
    }
  }
}

@inline
function addToRow(table: usize, width: i32, ids: usize, n: i32, e: i32, features: i32, value: v128): void {
  const at = table + 4 * (load<i32>(ids + 4 * n) * width + e);
  storeLanes(at, f32x4.add(loadLanes(at, features), value), features);
}
