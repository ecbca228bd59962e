// Whether n neighbouring numbers are all finite: infinities and NaN are those whose exponent's bits are all ones.

/** x float32 [n] */
export function allFinite(n: i32, x: usize): bool {
  const exponent = i32x4.splat(0x7f800000);
  let found = i32x4.splat(0);
  for (const end = x + 4 * (n & ~3); x < end; x += 16) {
    found = v128.or(found, i32x4.eq(v128.and(v128.load(x), exponent), exponent));
  }
  for (const end = x + 4 * (n & 3); x < end; x += 4) {
    found = v128.or(found, i32x4.eq(v128.and(v128.load_zero<f32>(x), exponent), exponent));
  }
  return !v128.any_true(found);
}

/** x uint16 [n] */
export function allFiniteFloat16(n: i32, x: usize): bool {
  return allFiniteHalves(0x7c00, n, x);
}

/** x uint16 [n] */
export function allFiniteBfloat16(n: i32, x: usize): bool {
  return allFiniteHalves(0x7f80, n, x);
}

@inline
function allFiniteHalves(exponentBits: i16, n: i32, x: usize): bool {
  const exponent = i16x8.splat(exponentBits);
  let found = i16x8.splat(0);
  for (const end = x + 2 * (n & ~7); x < end; x += 16) {
    found = v128.or(found, i16x8.eq(v128.and(v128.load(x), exponent), exponent));
  }
  for (const end = x + 2 * (n & 7); x < end; x += 2) {
    const one = v128.load_lane<u16>(x, i16x8.splat(0), 0);
    found = v128.or(found, i16x8.eq(v128.and(one, exponent), exponent));
  }
  return !v128.any_true(found);
}
