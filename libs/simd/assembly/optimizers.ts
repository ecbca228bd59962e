// Optimizer steps over n weights in place, two at a time. Arithmetic is in double precision, what is stored is float32;
// the formulas and their order are those of libs/training's optimizers, so the bits are too.

/** w -= learningRate · direction; the direction is g + weightDecay·w, or with a buffer (not 0) momentum's. */
export function sgd(
  n: i32,
  weights: usize,
  gradient: usize,
  buffer: usize,
  first: i32,
  learningRate: f64,
  momentum: f64,
  dampening: f64,
  nesterov: i32,
  weightDecay: f64,
): void {
  const rate = f64x2.splat(learningRate);
  const decay = f64x2.splat(weightDecay);
  const kept = f64x2.splat(momentum);
  const taken = f64x2.splat(1 - dampening);
  for (let i = 0; i < n; i += 2) {
    const both = n - i > 1;
    const at = 4 * i;
    const w = loadPair(weights + at, both);
    let direction = f64x2.add(loadPair(gradient + at, both), f64x2.mul(decay, w));
    if (buffer != 0) {
      let moved = direction;
      if (!first) moved = f64x2.add(f64x2.mul(kept, loadPair(buffer + at, both)), f64x2.mul(taken, direction));
      moved = storePair(buffer + at, moved, both);
      direction = nesterov ? f64x2.add(direction, f64x2.mul(kept, moved)) : moved;
    }
    storePair(weights + at, f64x2.sub(w, f64x2.mul(rate, direction)), both);
  }
}

/** g += weightDecay·w; v = alpha·v + (1 - alpha)·g²; d = g/(√v + epsilon), through momentum's buffer where it is not 0. */
export function rmsprop(
  n: i32,
  weights: usize,
  gradient: usize,
  squares: usize,
  buffer: usize,
  learningRate: f64,
  alpha: f64,
  epsilon: f64,
  momentum: f64,
  weightDecay: f64,
): void {
  const rate = f64x2.splat(learningRate);
  const decay = f64x2.splat(weightDecay);
  const kept = f64x2.splat(alpha);
  const taken = f64x2.splat(1 - alpha);
  for (let i = 0; i < n; i += 2) {
    const both = n - i > 1;
    const at = 4 * i;
    const w = loadPair(weights + at, both);
    const g = f64x2.add(loadPair(gradient + at, both), f64x2.mul(decay, w));
    let v = f64x2.add(f64x2.mul(kept, loadPair(squares + at, both)), f64x2.mul(f64x2.mul(taken, g), g));
    v = storePair(squares + at, v, both);
    let direction = f64x2.div(g, f64x2.add(f64x2.sqrt(v), f64x2.splat(epsilon)));
    if (buffer != 0) {
      const moved = f64x2.add(f64x2.mul(f64x2.splat(momentum), loadPair(buffer + at, both)), direction);
      direction = storePair(buffer + at, moved, both);
    }
    storePair(weights + at, f64x2.sub(w, f64x2.mul(rate, direction)), both);
  }
}

/**
 * g += coupled·w; m = β₁m + (1 - β₁)g; v = β₂v + (1 - β₂)g²;
 * w = kept·w - stepSize·m/(√v/squaresCorrection + epsilon). The caller has corrected the step for the bias of early steps.
 */
export function adam(
  n: i32,
  weights: usize,
  gradient: usize,
  means: usize,
  squares: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  stepSize: f64,
  squaresCorrection: f64,
  coupled: f64,
  kept: f64,
): void {
  const meansKept = f64x2.splat(beta1);
  const meansTaken = f64x2.splat(1 - beta1);
  const squaresKept = f64x2.splat(beta2);
  const squaresTaken = f64x2.splat(1 - beta2);
  for (let i = 0; i < n; i += 2) {
    const both = n - i > 1;
    const at = 4 * i;
    const w = loadPair(weights + at, both);
    const g = f64x2.add(loadPair(gradient + at, both), f64x2.mul(f64x2.splat(coupled), w));
    let m = f64x2.add(f64x2.mul(meansKept, loadPair(means + at, both)), f64x2.mul(meansTaken, g));
    m = storePair(means + at, m, both);
    let v = f64x2.add(f64x2.mul(squaresKept, loadPair(squares + at, both)), f64x2.mul(f64x2.mul(squaresTaken, g), g));
    v = storePair(squares + at, v, both);
    const scale = f64x2.add(f64x2.div(f64x2.sqrt(v), f64x2.splat(squaresCorrection)), f64x2.splat(epsilon));
    const change = f64x2.div(f64x2.mul(f64x2.splat(stepSize), m), scale);
    storePair(weights + at, f64x2.sub(f64x2.mul(f64x2.splat(kept), w), change), both);
  }
}

@inline
function loadPair(at: usize, both: bool): v128 {
  return f64x2.promote_low_f32x4(both ? v128.load_zero<f64>(at) : v128.load_zero<f32>(at));
}

/** Stores rounded to float32 and returns what was stored. */
@inline
function storePair(at: usize, value: v128, both: bool): v128 {
  const rounded = f32x4.demote_f64x2_zero(value);
  if (both) v128.store_lane<f64>(at, rounded, 0);
  else v128.store_lane<f32>(at, rounded, 0);
  return f64x2.promote_low_f32x4(rounded);
}
