// What lies around the products of an LSTM's projection, h = W_hr m (Sak et al. 2014). Letters: P state, B batch.

import { loadLanes, storeLanes, within } from './lanes';

/** h [P, B] stays as it is within a sequence's length; past it h = h0. */
export function projectionForward(
  state: i32,
  batch: i32,
  h0: usize,
  ldH0: i32,
  h: usize,
  ldH: i32,
  lengths: usize,
  t: i32,
): void {
  for (let row = 0; row < state; row++) {
    for (let b = 0; b < batch; b += 4) {
      const lanes = min(batch - b, 4);
      const at = 4 * b;
      const inside = within(lengths, at, t, lanes);
      storeLanes(h + at, v128.bitselect(loadLanes(h + at, lanes), loadLanes(h0 + at, lanes), inside), lanes);
    }
    h0 += 4 * ldH0;
    h += 4 * ldH;
  }
}

/**
 * dState [P, B] = dh + dy, 0 past a sequence's length. With lengths dh becomes its direct way to h0: itself past a length,
 * else 0; without it stays as it is.
 */
export function projectionBackward(
  state: i32,
  batch: i32,
  dy: usize,
  ldDy: i32,
  dh: usize,
  ldDh: i32,
  dState: usize,
  ldDState: i32,
  lengths: usize,
  t: i32,
): void {
  for (let row = 0; row < state; row++) {
    for (let b = 0; b < batch; b += 4) {
      const lanes = min(batch - b, 4);
      const at = 4 * b;
      const later = loadLanes(dh + at, lanes);
      const inside = within(lengths, at, t, lanes);
      storeLanes(dState + at, v128.and(f32x4.add(later, loadLanes(dy + at, lanes)), inside), lanes);
      if (lengths != 0) storeLanes(dh + at, v128.andnot(later, inside), lanes);
    }
    dy += 4 * ldDy;
    dh += 4 * ldDh;
    dState += 4 * ldDState;
  }
}
