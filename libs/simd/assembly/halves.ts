// float16 (IEEE 754 binary16) and bfloat16 (the upper half of a float32): n neighbouring ones from and to float32, and
// their sums. Everything is rounded to nearest, ties to even; NaN becomes one NaN, so that the bits are the same everywhere.

/** y uint16 [n] = the float16 nearest to x · scale */
export function toFloat16(n: i32, scale: f32, x: usize, y: usize): void {
  narrow(true, n, scale, x, y);
}

/** y uint16 [n] = the bfloat16 nearest to x · scale */
export function toBfloat16(n: i32, scale: f32, x: usize, y: usize): void {
  narrow(false, n, scale, x, y);
}

/** y [n] = x · scale, x uint16 [n] */
export function fromFloat16(n: i32, scale: f32, x: usize, y: usize): void {
  widen(true, n, scale, x, y);
}

/** y [n] = x · scale, x uint16 [n] */
export function fromBfloat16(n: i32, scale: f32, x: usize, y: usize): void {
  widen(false, n, scale, x, y);
}

/** y uint16 [n] = the float16 nearest to the float32 y + x */
export function addFloat16Into(n: i32, x: usize, y: usize): void {
  sum(true, n, x, y);
}

/** y uint16 [n] = the bfloat16 nearest to the float32 y + x */
export function addBfloat16Into(n: i32, x: usize, y: usize): void {
  sum(false, n, x, y);
}

@inline
function narrow(isFloat16: bool, n: i32, scale: f32, x: usize, y: usize): void {
  const scales = f32x4.splat(scale);
  for (const end = y + 2 * (n & ~7); y < end; x += 32, y += 16) {
    const first = rounded(isFloat16, f32x4.mul(v128.load(x), scales));
    const second = rounded(isFloat16, f32x4.mul(v128.load(x, 16), scales));
    v128.store(y, i16x8.narrow_i32x4_u(first, second));
  }
  for (const end = y + 2 * (n & 7); y < end; x += 4, y += 2) {
    v128.store_lane<u16>(y, rounded(isFloat16, f32x4.mul(v128.load_zero<f32>(x), scales)), 0);
  }
}

@inline
function widen(isFloat16: bool, n: i32, scale: f32, x: usize, y: usize): void {
  const scales = f32x4.splat(scale);
  for (const end = x + 2 * (n & ~7); x < end; x += 16, y += 32) {
    const halves = v128.load(x);
    v128.store(y, f32x4.mul(floatsOf(isFloat16, i32x4.extend_low_i16x8_u(halves)), scales));
    v128.store(y, f32x4.mul(floatsOf(isFloat16, i32x4.extend_high_i16x8_u(halves)), scales), 16);
  }
  for (const end = x + 2 * (n & 7); x < end; x += 2, y += 4) {
    v128.store_lane<f32>(y, f32x4.mul(floatsOf(isFloat16, loadOne(x)), scales), 0);
  }
}

@inline
function sum(isFloat16: bool, n: i32, x: usize, y: usize): void {
  for (const end = y + 2 * (n & ~7); y < end; x += 16, y += 16) {
    const a = v128.load(y);
    const b = v128.load(x);
    const first = added(isFloat16, i32x4.extend_low_i16x8_u(a), i32x4.extend_low_i16x8_u(b));
    const second = added(isFloat16, i32x4.extend_high_i16x8_u(a), i32x4.extend_high_i16x8_u(b));
    v128.store(y, i16x8.narrow_i32x4_u(first, second));
  }
  for (const end = y + 2 * (n & 7); y < end; x += 2, y += 2) {
    v128.store_lane<u16>(y, added(isFloat16, loadOne(y), loadOne(x)), 0);
  }
}

@inline
function added(isFloat16: bool, a: v128, b: v128): v128 {
  return rounded(isFloat16, f32x4.add(floatsOf(isFloat16, a), floatsOf(isFloat16, b)));
}

@inline
function loadOne(at: usize): v128 {
  return v128.load_lane<u16>(at, i32x4.splat(0), 0);
}

/** Four halves, in the lower 16 bits of each lane, of four floats. */
@inline
function rounded(isFloat16: bool, floats: v128): v128 {
  return isFloat16 ? roundedToFloat16(floats) : roundedToBfloat16(floats);
}

/** Four floats of four halves in the lower 16 bits of each lane: exact. */
@inline
function floatsOf(isFloat16: bool, halves: v128): v128 {
  return isFloat16 ? floatsOfFloat16(halves) : i32x4.shl(halves, 16);
}

@inline
function roundedToBfloat16(floats: v128): v128 {
  const odd = v128.and(i32x4.shr_u(floats, 16), i32x4.splat(1));
  const bits = i32x4.shr_u(i32x4.add(floats, i32x4.add(odd, i32x4.splat(0x7fff))), 16);
  return v128.bitselect(bits, i32x4.splat(0x7fc0), f32x4.eq(floats, floats));
}

/**
 * Normal numbers: the exponent is rebased, and what is added below the cut carries where it rounds up, into infinity if
 * need be. Below 2^-14 a sum with 0.5, whose last place is 2^-24, float16's smallest step, rounds.
 */
@inline
function roundedToFloat16(floats: v128): v128 {
  const magnitude = v128.and(floats, i32x4.splat(0x7fffffff));
  const sign = i32x4.shr_u(v128.xor(floats, magnitude), 16);
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  const rebased = i32x4.add(magnitude, i32x4.splat(((15 - 127) << 23) + 0xfff));
  const normal = i32x4.shr_u(i32x4.add(rebased, odd), 13);
  const subnormal = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  const finite = v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, i32x4.splat((127 - 14) << 23)));
  const bits = v128.bitselect(i32x4.splat(0x7c00), finite, i32x4.ge_s(magnitude, i32x4.splat((127 + 16) << 23)));
  return v128.bitselect(v128.or(bits, sign), i32x4.splat(0x7e00), f32x4.eq(floats, floats));
}

/** Normal numbers: the exponent is rebased, twice where it is that of infinity. Subnormal ones: m = (2^-14 + m) - 2^-14. */
@inline
function floatsOfFloat16(halves: v128): v128 {
  const rebase = i32x4.splat((127 - 15) << 23);
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  const isInfinite = i32x4.ge_s(magnitude, i32x4.splat(0x7c00 << 13));
  const normal = i32x4.add(i32x4.add(magnitude, rebase), v128.and(rebase, isInfinite));
  const least = i32x4.splat((127 - 14) << 23);
  const subnormal = f32x4.sub(v128.or(magnitude, least), least);
  const isSubnormal = i32x4.lt_s(magnitude, i32x4.splat(1 << 23));
  return v128.or(v128.bitselect(subnormal, normal, isSubnormal), sign);
}
