// What a cell lowers: one time step forward and one backward. Padding, direction and whole sequences are `recurrent.ts`'s.
// Letters: T time, B batch, H hidden, P state (H where it is not projected), G gates. Gates of a step are [G, B, H]: thread.z is
// the gate, so that no thread of a row branches differently from its neighbours.

import { type Emit, type Handle, here, type Matrix } from '../emit.ts';
import { addTerms } from '../kernels/matmul.ts';

export interface Layer {
  readonly emit: Emit;
  readonly batch: number;
  readonly hidden: number;
  /** P */
  readonly state: number;
  readonly weightHh: Handle; // [G·H, P]
  readonly weightHr: Matrix | undefined; // [P, H], lstm| undefined; // [P, H], lstm
}

export interface State {
  readonly h: Handle; // [B, P]
  readonly c: Handle | undefined; // [B, H], lstm
}

export interface ForwardStep extends State {
  /** W_ih x + b_ih of all steps, [T·B, G·H], and the first row of this step. */
  readonly fromInput: Handle;
  readonly row: number;
  readonly biasHh: Handle; // [1, G·H]
}

/** What a step keeps for its derivative. */
export interface Saved {
  readonly gates: Handle; // [·, B, H]; the new state itself for rnn
  readonly c?: Handle; // [B, H], lstm
  /** o * tanh(c) [B, H], lstm with a projection: what W_hr is multiplied with. */
  readonly output?: Handle;
  readonly candidate?: Handle; // n [B, H], gru
  /** r * h [B, H], gru with reset before: what the candidate's rows of W_hh are multiplied with instead of h. */
  readonly resetState?: Handle;
}

export interface BackwardStep {
  readonly saved: Saved;
  readonly before: State;
  readonly dh: Handle; // [B, P]
  readonly dc: Handle | undefined; // [B, H], lstm
}

export interface StepGradient {
  /** Derivatives by the gates' sums, the input's part and the state's part, [G, B, H]; one handle where they are equal. */
  readonly dIh: Handle;
  readonly dHh: Handle;
  readonly dhBefore: Handle; // [B, P]
  readonly dcBefore: Handle | undefined; // [B, H]
}

export interface CellLowering {
  forward(layer: Layer, step: ForwardStep): { state: State; saved: Saved };
  backward(layer: Layer, step: BackwardStep): StepGradient;
}

/**
 * The state's part of `count` gates' sums, from gate `first` on: W_hh state + b_hh, [count, B, H].
 * A kernel of its own: with an activation behind the loop, V8's code for the loop is less than half as fast.
 */
export function stateSums(layer: Layer, biasHh: Handle, state: Handle, first: number, count: number): Handle {
  const { emit, batch, hidden, state: size, weightHh } = layer;
  const row = `this.thread.z * ${hidden} + ${first * hidden} + this.thread.x`;
  const body = `
    let sum = biasHh[0][${row}];
    ${addTerms(size, (k) => `state[this.thread.y][${k}] * weightHh[${row}][${k}]`)}
    return sum;
    `;
  return emit({ biasHh, state, weightHh }, [hidden, batch, count], body);
}

/** Text of the whole sum of gate `gate`; operands: fromInput, row, and sums as `stateSums` made them from `first` on. */
export function gateSum(hidden: number, gate: string, first = 0): string {
  const own = first === 0 ? gate : `${gate} - ${first}`;
  return `fromInput[row + this.thread.y][${gate} * ${hidden} + this.thread.x] + sums[${own}]${here}`;
}

/**
 * dh [B, P] = W_hhᵀ dGates, over `count` gates of dGates [·, B, H] from gate `first` of W_hh on.
 * One loop for all gates: nested or successive loops run at half the speed.
 */
export function stateGradient(layer: Layer, dGates: Handle, first: number, count: number): Handle {
  const { emit, batch, hidden, state, weightHh } = layer;
  const terms = Array.from({ length: count }, (_, gate) => {
    const row = `k + ${(first + gate) * hidden}`;
    return `sum += dGates[${gate}][this.thread.y][k] * weightHh[${row}][this.thread.x];`;
  });
  const body = `
    let sum = 0;
    for (let k = 0; k < ${hidden}; k++) {
      ${terms.join('\n')}
    }
    return sum;
    `;
  return emit({ dGates, weightHh }, [state, batch], body);
}
