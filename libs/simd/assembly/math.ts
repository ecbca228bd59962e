// Exponential, logarithm, tanh and sigmoid of four floats at once. Range reduction (Cody and Waite), then polynomials and a
// quotient of polynomials fitted for the smallest relative error by weighted least squares (Lawson's weights). No fused
// multiply-add: the bits are the same on every processor. NaN stays NaN.
//
// Largest errors found, in units in the last place: exp 0.94, log 0.80, sigmoid 3.2, tanh 4.5.
//
// Constants stay in registers, or on the stack, where a function is used in a loop of whole vectors and once more for the
// rest behind it: V8 then makes them ahead of both, else three instructions each in every turn.

const log2e: f32 = 1.44269504;
/** ln 2 in two parts; a whole number up to 2^9 times the first is exact. */
const ln2High: f32 = 0.693359375;
const ln2Low: f32 = -0.00021219444;
/** Added to a float below 2^22 it rounds it to a whole number, whose bits are then the lowest ones of the sum's. */
const rounder: f32 = 12582912.0;

@inline
function f(value: f32): v128 {
  return f32x4.splat(value);
}

/** e^r for |r| <= ln 2 / 2: 1 + r + r² p(r), relative error of the polynomial 3e-9. */
@inline
function expReduced(r: v128): v128 {
  let p = f32x4.mul(r, f(0.00138145389));
  p = f32x4.mul(f32x4.add(p, f(0.00836874523)), r);
  p = f32x4.mul(f32x4.add(p, f(0.0416683908)), r);
  p = f32x4.mul(f32x4.add(p, f(0.166665204)), r);
  p = f32x4.add(p, f(0.499999934));
  return f32x4.add(f(1), f32x4.add(r, f32x4.mul(f32x4.mul(r, r), p)));
}

/** x - n ln 2 */
@inline
function reduce(x: v128, n: v128): v128 {
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, f(ln2High))), f32x4.mul(n, f(ln2Low)));
}

/** 2^n for whole n within float's exponents, as an integer n. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** e^x over the whole range: infinity above 88.72, denormals down to 2^-149, 0 below. */
@inline
export function exp(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f(-104)), f(89));
  const rounded = f32x4.add(f32x4.mul(x, f(log2e)), f(rounder));
  const n = i32x4.sub(rounded, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(n, 1);
  const p = expReduced(reduce(x, f32x4.sub(rounded, f(rounder))));
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/**
 * 1 / (1 + e^-x), as e^-x = 2^n e^-r, to infinity and beyond: 0 below -88.38, where it is no normal float. The polynomial
 * for e^-r is one degree lower than above, relative error 1e-7, since gates are most of the time outside the products.
 */
@inline
export function sigmoid(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f(-89)), f(88));
  const rounded = f32x4.add(f32x4.mul(x, f(-log2e)), f(rounder + 127));
  const n = f32x4.sub(rounded, f(rounder + 127));
  const r = f32x4.add(f32x4.add(x, f32x4.mul(n, f(ln2High))), f32x4.mul(n, f(ln2Low)));
  let p = f32x4.mul(r, f(-0.00829026902));
  p = f32x4.mul(f32x4.add(p, f(0.0418981612)), r);
  p = f32x4.mul(f32x4.add(p, f(-0.166676382)), r);
  p = f32x4.mul(f32x4.add(p, f(0.499991478)), r);
  p = f32x4.mul(f32x4.add(p, f(-0.999999706)), r);
  p = f32x4.add(p, f(1));
  return f32x4.div(f(1), f32x4.add(f(1), f32x4.mul(p, i32x4.shl(rounded, 23))));
}

/**
 * tanh x = x p(x²) / q(x²), of degrees 9 and 8, on |x| < 9.02, fitted within 2e-8; the coefficients were then moved by a
 * few units in the last place to where the rounded result errs least. Beyond, x grows and the result is cut at 1.
 */
@inline
export function tanh(x: v128): v128 {
  const u = f32x4.pmin(f32x4.mul(x, x), f(81.3604));
  let p = f32x4.mul(u, f(1.331784638125555e-8));
  p = f32x4.mul(f32x4.add(p, f(2.0582587239914574e-5)), u);
  p = f32x4.mul(f32x4.add(p, f(0.003493980970233679)), u);
  p = f32x4.mul(f32x4.add(p, f(0.13379672169685364)), u);
  p = f32x4.add(p, f(1));
  let q = f32x4.mul(u, f(7.761502729408676e-7));
  q = f32x4.mul(f32x4.add(q, f(0.0003283004625700414)), u);
  q = f32x4.mul(f32x4.add(q, f(0.025870870798826218)), u);
  q = f32x4.mul(f32x4.add(q, f(0.4671298563480377)), u);
  q = f32x4.add(q, f(1));
  const y = f32x4.div(f32x4.mul(x, p), q);
  return f32x4.pmin(f32x4.pmax(y, f(-1)), f(1));
}

/** ln x; -infinity at 0, NaN below. */
@inline
export function log(x: v128): v128 {
  // Denormals are made normal by 2^23.
  const small = f32x4.lt(x, f(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f(8388608)), x, small);
  // x = 2^n (1 + y) with 1 + y from √½ to √2
  const offset = i32x4.sub(scaled, i32x4.splat(0x3f3504f3));
  const n = i32x4.sub(i32x4.shr_s(offset, 23), v128.and(small, i32x4.splat(23)));
  const y = f32x4.sub(i32x4.add(v128.and(offset, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3)), f(1));
  let p = f32x4.mul(y, f(0.0674659182));
  p = f32x4.mul(f32x4.add(p, f(-0.116756388)), y);
  p = f32x4.mul(f32x4.add(p, f(0.118881776)), y);
  p = f32x4.mul(f32x4.add(p, f(-0.12405592)), y);
  p = f32x4.mul(f32x4.add(p, f(0.142195506)), y);
  p = f32x4.mul(f32x4.add(p, f(-0.166679956)), y);
  p = f32x4.mul(f32x4.add(p, f(0.200021188)), y);
  p = f32x4.mul(f32x4.add(p, f(-0.250000096)), y);
  p = f32x4.add(p, f(0.333333126));
  const squared = f32x4.mul(y, y);
  const whole = f32x4.convert_i32x4_s(n);
  let result = f32x4.mul(f32x4.mul(squared, y), p);
  result = f32x4.add(result, f32x4.mul(whole, f(ln2Low)));
  result = f32x4.sub(result, f32x4.mul(squared, f(0.5)));
  result = f32x4.add(f32x4.add(y, result), f32x4.mul(whole, f(ln2High)));
  result = v128.bitselect(f(-Infinity), result, f32x4.eq(x, f(0)));
  // 0 · x is NaN for infinity and NaN: the first stays as it is, the second has to.
  result = v128.bitselect(x, result, v128.not(f32x4.lt(f32x4.abs(x), f(Infinity))));
  return v128.bitselect(f(NaN), result, f32x4.lt(x, f(0)));
}

/** d sigmoid / d its input, from its value. */
@inline
export function slopeOfSigmoid(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(f(1), y));
}

/** d tanh / d its input, from its value. */
@inline
export function slopeOfTanh(y: v128): v128 {
  return f32x4.sub(f(1), f32x4.mul(y, y));
}
