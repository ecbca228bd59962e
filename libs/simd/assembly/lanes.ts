// Four columns at a time, and the last one to three of a row: loads, stores, transposition, and who is past its length.

/** Four floats at `at`, or the first `lanes` of them with zeros behind. */
@inline
export function loadLanes(at: usize, lanes: i32): v128 {
  return lanes == 4 ? v128.load(at) : loadPart(at, lanes);
}

@inline
export function storeLanes(at: usize, value: v128, lanes: i32): void {
  if (lanes == 4) v128.store(at, value);
  else storePart(at, value, lanes);
}

function loadPart(at: usize, lanes: i32): v128 {
  if (lanes == 1) return v128.load_zero<f32>(at);
  const two = v128.load_zero<f64>(at);
  return lanes == 2 ? two : v128.load_lane<f32>(at, two, 2, 8);
}

function storePart(at: usize, value: v128, lanes: i32): void {
  if (lanes == 1) {
    v128.store_lane<f32>(at, value, 0);
    return;
  }
  v128.store_lane<f64>(at, value, 0);
  if (lanes == 3) v128.store_lane<f32>(at, value, 2, 8);
}

@inline
export function laneOf(value: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(value, 0);
  if (lane == 1) return f32x4.extract_lane(value, 1);
  return lane == 2 ? f32x4.extract_lane(value, 2) : f32x4.extract_lane(value, 3);
}

/** Ones where step t lies within the sequence: all of them where `lengths` is 0. `column` is a byte offset of int32. */
@inline
export function within(lengths: usize, column: usize, t: i32, lanes: i32): v128 {
  return lengths == 0 ? i32x4.splat(-1) : i32x4.gt_s(loadLanes(lengths + column, lanes), i32x4.splat(t));
}

/** The sum of four floats, pair by pair. */
@inline
export function sumOf(lanes: v128): f32 {
  const low = f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1);
  return low + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
}

@inline
export function splat(at: usize): v128 {
  return v128.load_splat<f32>(at);
}

/** Rows a, b, c, d of a 4 x 4 block: its first column, and so on below. */
@inline
export function column0(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  return v128.shuffle<i64>(ab, cd, 0, 2);
}

@inline
export function column1(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  return v128.shuffle<i64>(ab, cd, 1, 3);
}

@inline
export function column2(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  return v128.shuffle<i64>(ab, cd, 0, 2);
}

@inline
export function column3(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  return v128.shuffle<i64>(ab, cd, 1, 3);
}
