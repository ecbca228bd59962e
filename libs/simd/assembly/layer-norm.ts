// Layer normalization. A column of x [F, N] is one vector of F features. Sums over features are kept for all columns at once and
// grow row by row: memory is read in its order, and a column's sum is in order of its features.

import { loadLanes, splat, storeLanes, sumOf } from './lanes';

/** mean [N] and inverse [N] = 1 / √(variance + epsilon), the variance divided by F */
export function columnMoments(
  x: usize,
  ld: i32,
  features: i32,
  n: i32,
  epsilon: f32,
  mean: usize,
  inverse: usize,
): void {
  const count = f32x4.splat(<f32>features);
  memory.fill(mean, 0, 4 * n);
  memory.fill(inverse, 0, 4 * n);
  for (let row = 0; row < features; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      addInto(lanes, mean + 4 * i, loadLanes(x + 4 * (row * ld + i), lanes));
    }
  }
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(mean + 4 * i, f32x4.div(loadLanes(mean + 4 * i, lanes), count), lanes);
  }
  for (let row = 0; row < features; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const difference = f32x4.sub(loadLanes(x + 4 * (row * ld + i), lanes), loadLanes(mean + 4 * i, lanes));
      addInto(lanes, inverse + 4 * i, f32x4.mul(difference, difference));
    }
  }
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    const variance = f32x4.div(loadLanes(inverse + 4 * i, lanes), count);
    const deviation = f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon)));
    storeLanes(inverse + 4 * i, f32x4.div(f32x4.splat(1), deviation), lanes);
  }
}

@inline
function addInto(lanes: i32, sums: usize, value: v128): void {
  storeLanes(sums, f32x4.add(loadLanes(sums, lanes), value), lanes);
}

/** Of four columns, or the last `lanes` of them: (x - mean) · inverse */
@inline
function normal(lanes: i32, x: usize, mean: usize, inverse: usize): v128 {
  return f32x4.mul(f32x4.sub(loadLanes(x, lanes), loadLanes(mean, lanes)), loadLanes(inverse, lanes));
}

/** y [F, N] = gain [F] · (x - mean) · inverse + bias [F] */
export function layerNorm(
  x: usize,
  ldx: i32,
  features: i32,
  n: i32,
  mean: usize,
  inverse: usize,
  gain: usize,
  bias: usize,
  y: usize,
  ldy: i32,
): void {
  for (let row = 0; row < features; row++) {
    const gainOfRow = splat(gain + 4 * row);
    const biasOfRow = splat(bias + 4 * row);
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      const scaled = f32x4.mul(gainOfRow, normal(lanes, x + at, mean + at, inverse + at));
      storeLanes(y + at, f32x4.add(scaled, biasOfRow), lanes);
    }
    x += 4 * ldx;
    y += 4 * ldy;
  }
}

/**
 * The sums of its gradient, with the normalized x m: dGain [F] = Σ dy m and dBias [F] = Σ dy over the columns;
 * average [N] = mean(gain dy) and along [N] = mean(gain dy m) over the features.
 */
export function layerNormSums(
  x: usize,
  ldx: i32,
  dy: usize,
  ldDy: i32,
  features: i32,
  n: i32,
  mean: usize,
  inverse: usize,
  gain: usize,
  dGain: usize,
  dBias: usize,
  average: usize,
  along: usize,
): void {
  memory.fill(average, 0, 4 * n);
  memory.fill(along, 0, 4 * n);
  const share = f32x4.splat(1 / <f32>features);
  for (let row = 0; row < features; row++) {
    const scale = f32x4.mul(splat(gain + 4 * row), share);
    let ofGain = f32x4.splat(0);
    let ofBias = ofGain;
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      const given = loadLanes(dy + at, lanes);
      const product = f32x4.mul(given, normal(lanes, x + at, mean + at, inverse + at));
      ofGain = f32x4.add(ofGain, product);
      ofBias = f32x4.add(ofBias, given);
      addInto(lanes, average + at, f32x4.mul(scale, given));
      addInto(lanes, along + at, f32x4.mul(scale, product));
    }
    store<f32>(dGain + 4 * row, sumOf(ofGain));
    store<f32>(dBias + 4 * row, sumOf(ofBias));
    x += 4 * ldx;
    dy += 4 * ldDy;
  }
}

/** dx [F, N] = inverse · (gain dy - average - m · along) */
export function layerNormGradient(
  x: usize,
  ldx: i32,
  dy: usize,
  ldDy: i32,
  features: i32,
  n: i32,
  mean: usize,
  inverse: usize,
  gain: usize,
  average: usize,
  along: usize,
  dx: usize,
  ldDx: i32,
): void {
  for (let row = 0; row < features; row++) {
    const gainOfRow = splat(gain + 4 * row);
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      const part = f32x4.mul(normal(lanes, x + at, mean + at, inverse + at), loadLanes(along + at, lanes));
      const difference = f32x4.sub(f32x4.mul(gainOfRow, loadLanes(dy + at, lanes)), loadLanes(average + at, lanes));
      storeLanes(dx + at, f32x4.mul(loadLanes(inverse + at, lanes), f32x4.sub(difference, part)), lanes);
    }
    x += 4 * ldx;
    dy += 4 * ldDy;
    dx += 4 * ldDx;
  }
}
