// The functions of math.ts over n neighbouring floats.

import { loadLanes, storeLanes } from './lanes';
import * as math from './math';

/** y [n] = e^x */
export function exp(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(y + 4 * i, math.exp(loadLanes(x + 4 * i, lanes)), lanes);
  }
}

/** y [n] = ln x */
export function log(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(y + 4 * i, math.log(loadLanes(x + 4 * i, lanes)), lanes);
  }
}

/** y [n] = 1 / (1 + e^-x) */
export function sigmoid(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(y + 4 * i, math.sigmoid(loadLanes(x + 4 * i, lanes)), lanes);
  }
}

/** y [n] = tanh x */
export function tanh(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(y + 4 * i, math.tanh(loadLanes(x + 4 * i, lanes)), lanes);
  }
}
