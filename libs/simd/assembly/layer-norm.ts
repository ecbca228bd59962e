// Layer normalization. A column of x [F, N] is one vector of F features; its mean and 1 / √(variance + epsilon) are computed
// once, for the layer and its gradient. Four features at a time in a column's sums: more additions in flight.

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
  for (let column = 0; column < n; column += 4) {
    const lanes = min(n - column, 4);
    const at = 4 * column;
    const average = f32x4.div(sumOfColumn(lanes, x + at, ld, features), count);
    const variance = f32x4.div(sumOfSquares(lanes, x + at, ld, features, average), count);
    storeLanes(mean + at, average, lanes);
    const deviation = f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon)));
    storeLanes(inverse + at, f32x4.div(f32x4.splat(1), deviation), lanes);
  }
}

@inline
function sumOfColumn(lanes: i32, x: usize, ld: i32, features: i32): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const step = 4 * ld;
  let row = 0;
  for (; row <= features - 4; row += 4, x += 4 * step) {
    s0 = f32x4.add(s0, loadLanes(x, lanes));
    s1 = f32x4.add(s1, loadLanes(x + step, lanes));
    s2 = f32x4.add(s2, loadLanes(x + 2 * step, lanes));
    s3 = f32x4.add(s3, loadLanes(x + 3 * step, lanes));
  }
  for (; row < features; row++, x += step) s0 = f32x4.add(s0, loadLanes(x, lanes));
  return f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
}

@inline
function sumOfSquares(lanes: i32, x: usize, ld: i32, features: i32, average: v128): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const step = 4 * ld;
  let row = 0;
  for (; row <= features - 4; row += 4, x += 4 * step) {
    s0 = f32x4.add(s0, square(f32x4.sub(loadLanes(x, lanes), average)));
    s1 = f32x4.add(s1, square(f32x4.sub(loadLanes(x + step, lanes), average)));
    s2 = f32x4.add(s2, square(f32x4.sub(loadLanes(x + 2 * step, lanes), average)));
    s3 = f32x4.add(s3, square(f32x4.sub(loadLanes(x + 3 * step, lanes), average)));
  }
  for (; row < features; row++, x += step) s0 = f32x4.add(s0, square(f32x4.sub(loadLanes(x, lanes), average)));
  return f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
}

@inline
function square(x: v128): v128 {
  return f32x4.mul(x, x);
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

/** With g = gain · dy and the normalized x n: dx [F, N] = inverse · (g - mean(g) - n · mean(g n)), the means over a column. */
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
  dx: usize,
  ldDx: i32,
): void {
  const count = f32x4.splat(<f32>features);
  for (let column = 0; column < n; column += 4) {
    const lanes = min(n - column, 4);
    const at = 4 * column;
    let sum = f32x4.splat(0);
    let sumNormal = sum;
    for (let row = 0; row < features; row++) {
      const g = f32x4.mul(splat(gain + 4 * row), loadLanes(dy + 4 * row * ldDy + at, lanes));
      sum = f32x4.add(sum, g);
      sumNormal = f32x4.add(sumNormal, f32x4.mul(g, normal(lanes, x + 4 * row * ldx + at, mean + at, inverse + at)));
    }
    sum = f32x4.div(sum, count);
    sumNormal = f32x4.div(sumNormal, count);
    const scale = loadLanes(inverse + at, lanes);
    for (let row = 0; row < features; row++) {
      const g = f32x4.mul(splat(gain + 4 * row), loadLanes(dy + 4 * row * ldDy + at, lanes));
      const along = f32x4.mul(normal(lanes, x + 4 * row * ldx + at, mean + at, inverse + at), sumNormal);
      storeLanes(dx + 4 * row * ldDx + at, f32x4.mul(scale, f32x4.sub(f32x4.sub(g, sum), along)), lanes);
    }
  }
}

/** dGain [F] = Σ dy · (x - mean) · inverse over the columns */
export function layerNormGainGradient(
  x: usize,
  ldx: i32,
  dy: usize,
  ldDy: i32,
  features: i32,
  n: i32,
  mean: usize,
  inverse: usize,
  dGain: usize,
): void {
  for (let row = 0; row < features; row++) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let i = 0;
    for (; i <= n - 8; i += 8) {
      const at = 4 * i;
      s0 = f32x4.add(s0, f32x4.mul(v128.load(dy + at), normal(4, x + at, mean + at, inverse + at)));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(dy + at, 16), normal(4, x + at + 16, mean + at + 16, inverse + at + 16)));
    }
    for (; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      s0 = f32x4.add(s0, f32x4.mul(loadLanes(dy + at, lanes), normal(lanes, x + at, mean + at, inverse + at)));
    }
    store<f32>(dGain + 4 * row, sumOf(f32x4.add(s0, s1)));
    x += 4 * ldx;
    dy += 4 * ldDy;
  }
}
