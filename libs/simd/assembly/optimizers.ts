// Optimizer steps over n weights, four at a time: read at `from`, written at `to`, which may be the same. The gradient is
// multiplied by `factor` as it is read, which averages and clips it. Arithmetic is in double precision, what is stored is
// float32; the formulas and their order are those of plain loops, so the bits are too.

import { high, joined, low } from './doubles';
import { loadLanes, storeLanes } from './lanes';

/** w -= learningRate · direction; the direction is g + weightDecay·w, or with a buffer (not 0) momentum's. */
export function sgd(
  n: i32,
  from: usize,
  to: usize,
  gradient: usize,
  factor: f64,
  buffer: usize,
  first: i32,
  learningRate: f64,
  momentum: f64,
  dampening: f64,
  nesterov: i32,
  weightDecay: f64,
): void {
  const factors = f64x2.splat(factor);
  const rate = f64x2.splat(learningRate);
  const decay = f64x2.splat(weightDecay);
  const kept = f64x2.splat(momentum);
  const taken = f64x2.splat(1 - dampening);
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    const at = 4 * i;
    const w = loadLanes(from + at, lanes);
    const g = loadLanes(gradient + at, lanes);
    let direction0 = weighted(factors, low(g), decay, low(w));
    let direction1 = weighted(factors, high(g), decay, high(w));
    if (buffer != 0) {
      let moved = joined(direction0, direction1);
      if (!first) {
        const before = loadLanes(buffer + at, lanes);
        moved = joined(
          weighted(kept, low(before), taken, direction0),
          weighted(kept, high(before), taken, direction1),
        );
      }
      storeLanes(buffer + at, moved, lanes);
      direction0 = nesterov ? f64x2.add(direction0, f64x2.mul(kept, low(moved))) : low(moved);
      direction1 = nesterov ? f64x2.add(direction1, f64x2.mul(kept, high(moved))) : high(moved);
    }
    const moved0 = f64x2.sub(low(w), f64x2.mul(rate, direction0));
    const moved1 = f64x2.sub(high(w), f64x2.mul(rate, direction1));
    storeLanes(to + at, joined(moved0, moved1), lanes);
  }
}

/** g += weightDecay·w; v = alpha·v + (1 - alpha)·g²; d = g/(√v + epsilon), through momentum's buffer where it is not 0. */
export function rmsprop(
  n: i32,
  from: usize,
  to: usize,
  gradient: usize,
  factor: f64,
  squares: usize,
  buffer: usize,
  learningRate: f64,
  alpha: f64,
  epsilon: f64,
  momentum: f64,
  weightDecay: f64,
): void {
  const factors = f64x2.splat(factor);
  const rate = f64x2.splat(learningRate);
  const decay = f64x2.splat(weightDecay);
  const kept = f64x2.splat(alpha);
  const taken = f64x2.splat(1 - alpha);
  const least = f64x2.splat(epsilon);
  const moving = f64x2.splat(momentum);
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    const at = 4 * i;
    const w = loadLanes(from + at, lanes);
    const g = loadLanes(gradient + at, lanes);
    const g0 = weighted(factors, low(g), decay, low(w));
    const g1 = weighted(factors, high(g), decay, high(w));
    const before = loadLanes(squares + at, lanes);
    const v = joined(
      weighted(kept, low(before), f64x2.mul(taken, g0), g0),
      weighted(kept, high(before), f64x2.mul(taken, g1), g1),
    );
    storeLanes(squares + at, v, lanes);
    let direction0 = f64x2.div(g0, f64x2.add(f64x2.sqrt(low(v)), least));
    let direction1 = f64x2.div(g1, f64x2.add(f64x2.sqrt(high(v)), least));
    if (buffer != 0) {
      const held = loadLanes(buffer + at, lanes);
      const moved = joined(
        f64x2.add(f64x2.mul(moving, low(held)), direction0),
        f64x2.add(f64x2.mul(moving, high(held)), direction1),
      );
      storeLanes(buffer + at, moved, lanes);
      direction0 = low(moved);
      direction1 = high(moved);
    }
    const moved0 = f64x2.sub(low(w), f64x2.mul(rate, direction0));
    const moved1 = f64x2.sub(high(w), f64x2.mul(rate, direction1));
    storeLanes(to + at, joined(moved0, moved1), lanes);
  }
}

/**
 * g += coupled·w; m = β₁m + (1 - β₁)g; v = β₂v + (1 - β₂)g²; w = kept·w - stepSize·m/(√v + epsilon).
 * The caller has corrected stepSize and epsilon for the bias of early steps: a division less an element.
 */
export function adam(
  n: i32,
  from: usize,
  to: usize,
  gradient: usize,
  factor: f64,
  means: usize,
  squares: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  stepSize: f64,
  coupled: f64,
  kept: f64,
): void {
  const factors = f64x2.splat(factor);
  const decay = f64x2.splat(coupled);
  const meansKept = f64x2.splat(beta1);
  const meansTaken = f64x2.splat(1 - beta1);
  const squaresKept = f64x2.splat(beta2);
  const squaresTaken = f64x2.splat(1 - beta2);
  const least = f64x2.splat(epsilon);
  const rate = f64x2.splat(stepSize);
  const weightsKept = f64x2.splat(kept);
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    const at = 4 * i;
    const w = loadLanes(from + at, lanes);
    const g = loadLanes(gradient + at, lanes);
    const g0 = weighted(factors, low(g), decay, low(w));
    const g1 = weighted(factors, high(g), decay, high(w));
    const meansBefore = loadLanes(means + at, lanes);
    const m = joined(
      weighted(meansKept, low(meansBefore), meansTaken, g0),
      weighted(meansKept, high(meansBefore), meansTaken, g1),
    );
    storeLanes(means + at, m, lanes);
    const squaresBefore = loadLanes(squares + at, lanes);
    const v = joined(
      weighted(squaresKept, low(squaresBefore), f64x2.mul(squaresTaken, g0), g0),
      weighted(squaresKept, high(squaresBefore), f64x2.mul(squaresTaken, g1), g1),
    );
    storeLanes(squares + at, v, lanes);
    const change0 = f64x2.div(f64x2.mul(rate, low(m)), f64x2.add(f64x2.sqrt(low(v)), least));
    const change1 = f64x2.div(f64x2.mul(rate, high(m)), f64x2.add(f64x2.sqrt(high(v)), least));
    const moved0 = f64x2.sub(f64x2.mul(weightsKept, low(w)), change0);
    const moved1 = f64x2.sub(f64x2.mul(weightsKept, high(w)), change1);
    storeLanes(to + at, joined(moved0, moved1), lanes);
  }
}

/** a·x + b·y */
@inline
function weighted(a: v128, x: v128, b: v128, y: v128): v128 {
  return f64x2.add(f64x2.mul(a, x), f64x2.mul(b, y));
}
