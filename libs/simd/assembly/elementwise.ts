// The functions of math.ts over n neighbouring floats.

import { loadLanes, storeLanes } from './lanes';
import * as math from './math';

/** y [n] = e^x */
export function exp(n: i32, x: usize, y: usize): void {
  for (const end = x + 4 * (n & ~3); x < end; x += 16, y += 16) v128.store(y, math.exp(v128.load(x)));
  if (n & 3) storeLanes(y, math.exp(loadLanes(x, n & 3)), n & 3);
}

/** y [n] = ln x */
export function log(n: i32, x: usize, y: usize): void {
  for (const end = x + 4 * (n & ~3); x < end; x += 16, y += 16) v128.store(y, math.log(v128.load(x)));
  if (n & 3) storeLanes(y, math.log(loadLanes(x, n & 3)), n & 3);
}

/** y [n] = 1 / (1 + e^-x) */
export function sigmoid(n: i32, x: usize, y: usize): void {
  for (const end = x + 4 * (n & ~3); x < end; x += 16, y += 16) v128.store(y, math.sigmoid(v128.load(x)));
  if (n & 3) storeLanes(y, math.sigmoid(loadLanes(x, n & 3)), n & 3);
}

/** y [n] = tanh x */
export function tanh(n: i32, x: usize, y: usize): void {
  for (const end = x + 4 * (n & ~3); x < end; x += 16, y += 16) v128.store(y, math.tanh(v128.load(x)));
  if (n & 3) storeLanes(y, math.tanh(loadLanes(x, n & 3)), n & 3);
}
