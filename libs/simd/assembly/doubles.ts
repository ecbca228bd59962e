// Four floats as two pairs of doubles, and back: what accumulates or divides in double precision works on pairs.

/** The first two of four floats. */
@inline
export function low(floats: v128): v128 {
  return f64x2.promote_low_f32x4(floats);
}

/** The last two of four floats. */
@inline
export function high(floats: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(floats, floats, 1, 1));
}

/** Four floats of two pairs, each rounded once. */
@inline
export function joined(first: v128, second: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}
