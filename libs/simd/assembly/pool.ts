// Pooling over time, forward and backward: x [F, T·B] and y [F, B] by features. 0 the mean, 1 the largest.

import { loadLanes, storeLanes, within } from './lanes';

/** y [F, B] over the steps within each sequence's length; 0 where there are none */
export function pool(
  over: i32,
  x: usize,
  ldx: i32,
  features: i32,
  time: i32,
  batch: i32,
  lengths: usize,
  y: usize,
  ldy: i32,
): void {
  for (let row = 0; row < features; row++) {
    for (let b = 0; b < batch; b += 4) {
      const lanes = min(batch - b, 4);
      const steps = stepsOf(lengths, 4 * b, time, lanes);
      let result = f32x4.splat(over == 0 ? 0 : -Infinity);
      for (let t = 0; t < time; t++) {
        const value = loadLanes(x + 4 * (t * batch + b), lanes);
        const next = over == 0 ? f32x4.add(result, value) : f32x4.max(result, value);
        result = v128.bitselect(next, result, within(lengths, 4 * b, t, lanes));
      }
      if (over == 0) result = f32x4.div(result, f32x4.max(steps, f32x4.splat(1)));
      storeLanes(y + 4 * b, v128.and(result, f32x4.gt(steps, f32x4.splat(0))), lanes);
    }
    x += 4 * ldx;
    y += 4 * ldy;
  }
}

/** dx [F, T·B], 0 past a length: dy / length of the mean; of the largest, dy at the first step whose x is y. */
export function poolGradient(
  over: i32,
  x: usize,
  ldx: i32,
  y: usize,
  ldy: i32,
  dy: usize,
  ldDy: i32,
  features: i32,
  time: i32,
  batch: i32,
  lengths: usize,
  dx: usize,
  ldDx: i32,
): void {
  for (let row = 0; row < features; row++) {
    for (let b = 0; b < batch; b += 4) {
      const lanes = min(batch - b, 4);
      const steps = f32x4.max(stepsOf(lengths, 4 * b, time, lanes), f32x4.splat(1));
      const given = loadLanes(dy + 4 * b, lanes);
      const share = over == 0 ? f32x4.div(given, steps) : given;
      const largest = loadLanes(y + 4 * b, lanes);
      let open = i32x4.splat(-1); // no step has had it yet
      for (let t = 0; t < time; t++) {
        const at = 4 * (t * batch + b);
        let gets = within(lengths, 4 * b, t, lanes);
        if (over != 0) {
          gets = v128.and(v128.and(gets, open), f32x4.eq(loadLanes(x + at, lanes), largest));
          open = v128.andnot(open, gets);
        }
        storeLanes(dx + at, v128.and(share, gets), lanes);
      }
    }
    x += 4 * ldx;
    y += 4 * ldy;
    dy += 4 * ldDy;
    dx += 4 * ldDx;
  }
}

@inline
function stepsOf(lengths: usize, column: usize, time: i32, lanes: i32): v128 {
  return lengths == 0 ? f32x4.splat(<f32>time) : f32x4.convert_i32x4_s(loadLanes(lengths + column, lanes));
}
