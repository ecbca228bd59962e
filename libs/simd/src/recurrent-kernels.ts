// The kernels of the recurrent cells: one time step, elementwise, between the matrix products. Letters: H hidden, B batch;
// see kernels.ts for pointers, leading dimensions and lengths.

export interface RecurrentKernels {
  /**
   * One LSTM step. gates [4H, B] holds the sums W_ih x + W_hh h and becomes i, f, g, o; bias [4H] is b_ih + b_hh.
   * c = f·c0 + i·g, tanhC = tanh(c), h = o·tanhC. Past a sequence's length: c = c0, h = h0, gates and tanhC 0.
   */
  lstmForward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    bias: number,
    c0: number,
    ldC0: number,
    h0: number,
    ldH0: number,
    c: number,
    ldC: number,
    tanhC: number,
    ldTanhC: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /**
   * Its derivative. gates [4H, B] holds i, f, g, o and becomes the derivatives by the gates' sums. dh [H, B] is what later
   * steps say of h (dy of this step is added), dc [H, B] of c: it becomes what this step says of c0.
   * Past a length: gates' derivatives 0, dc stays. With lengths, dh becomes its direct way to h0: itself past a length,
   * else 0, and the product W_hhᵀ gates is added to it (beta 1); without lengths dh stays as it is (beta 0).
   */
  lstmBackward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    c0: number,
    ldC0: number,
    tanhC: number,
    ldTanhC: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    dc: number,
    ldDc: number,
    lengths: number,
    t: number,
  ): void;

  /** Behind the product of an LSTM's projection, h [P, B] = W_hr m: past a length h = h0. */
  projectionForward(
    state: number,
    batch: number,
    h0: number,
    ldH0: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /** Before its derivative: dState [P, B] = dh + dy, 0 past a length. dh as in lstmBackward. */
  projectionBackward(
    state: number,
    batch: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    dState: number,
    ldDState: number,
    lengths: number,
    t: number,
  ): void;

  /**
   * One GRU step, reset after the product. gates [3H, B] holds W_ih x and becomes r, z, n; q [3H, B] holds W_hh h, its last
   * H rows become q = W_hn h + b_hn. h = (1 - z)·n + z·h0; past a length h = h0, gates and q's last rows 0.
   */
  gruAfterForward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    q: number,
    ldQ: number,
    biasIh: number,
    biasHh: number,
    h0: number,
    ldH0: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /**
   * gates r, z, n become the derivatives by the sums of W_ih x, q [3H, B] those by W_hh h. dh, to which dy is added, becomes
   * its direct way to h0: times z, or itself past a length; the product W_hhᵀ q is added to it (beta 1).
   */
  gruAfterBackward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    q: number,
    ldQ: number,
    h0: number,
    ldH0: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    lengths: number,
    t: number,
  ): void;

  /**
   * A GRU with the reset before the product, first of two passes a step: r and z in place of their sums in gates [3H, B],
   * whose last H rows are left alone; reset [H, B] = r·h0. bias [3H] is b_ih + b_hh. W_hn reset is then added to gates.
   */
  gruBeforeGatesForward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    bias: number,
    h0: number,
    ldH0: number,
    reset: number,
    ldReset: number,
  ): void;
  /** Second pass: n in place of its sums, h = (1 - z)·n + z·h0; past a length h = h0 and gates 0. */
  gruBeforeOutputForward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    bias: number,
    h0: number,
    ldH0: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /** First of two passes back: z and n become derivatives by their sums, r stays; dh = (dh + dy)·z, itself past a length. */
  gruBeforeOutputBackward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    h0: number,
    ldH0: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    lengths: number,
    t: number,
  ): void;
  /** Second pass, with dReset [H, B] = W_hnᵀ dn: r becomes the derivative by its sum, dh += dReset·r. */
  gruBeforeGatesBackward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    h0: number,
    ldH0: number,
    dReset: number,
    ldDReset: number,
    dh: number,
    ldDh: number,
  ): void;

  /** h [H, B] = activation(gates + bias), gates the sums; activation 0 tanh, 1 ReLU, 2 sigmoid. Past a length h = h0. */
  rnnForward(
    hidden: number,
    batch: number,
    activation: 0 | 1 | 2,
    gates: number,
    ldGates: number,
    bias: number,
    h0: number,
    ldH0: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /** gates [H, B] becomes the derivatives by the sums (what it held is not read); dh as in lstmBackward. */
  rnnBackward(
    hidden: number,
    batch: number,
    activation: 0 | 1 | 2,
    gates: number,
    ldGates: number,
    h: number,
    ldH: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    lengths: number,
    t: number,
  ): void;
}
