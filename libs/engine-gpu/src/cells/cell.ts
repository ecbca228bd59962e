// What a cell lowers: one time step forward and one backward. Padding, direction and whole sequences are `recurrent.ts`'s.
// Letters: T time, B batch, H hidden, G gates. Gates of a step are [G, B, H]: thread.z is the gate, so that no thread of a
// row branches differently from its neighbours.

import type { Emit, Handle } from '../emit.ts';

export interface Layer {
  readonly emit: Emit;
  readonly batch: number;
  readonly hidden: number;
  readonly weightHh: Handle; // [G·H, H]
}

export interface State {
  readonly h: Handle; // [B, H]
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
  readonly candidate?: Handle; // n [B, H], gru
  /** r * h [B, H], gru with reset before: what the candidate's rows of W_hh are multiplied with instead of h. */
  readonly resetState?: Handle;
}

export interface BackwardStep {
  readonly saved: Saved;
  readonly before: State;
  readonly dh: Handle; // [B, H]
  readonly dc: Handle | undefined; // [B, H], lstm
}

export interface StepGradient {
  /** Derivatives by the gates' sums, the input's part and the state's part, [G, B, H]; one handle where they are equal. */
  readonly dIh: Handle;
  readonly dHh: Handle;
  readonly dhBefore: Handle; // [B, H]
  readonly dcBefore: Handle | undefined; // [B, H]
}

export interface CellLowering {
  forward(layer: Layer, step: ForwardStep): { state: State; saved: Saved };
  backward(layer: Layer, step: BackwardStep): StepGradient;
}

/**
 * Statements that declare `sum` = the gate's sum, both products and biases: with `state` [B, H] for gate number `gate`.
 * Operands that they read: fromInput, row, weightHh, biasHh and the state's name.
 */
export function declareGateSum(hidden: number, state: string, gate: string | number): string {
  const column = `${gate} * ${hidden} + this.thread.x`;
  return `let sum = fromInput[row + this.thread.y][${column}] + biasHh[0][${column}]; ${addStateProduct(hidden, state, gate)}`;
}

/** Statements that add W_hh state to `sum`, for the rows of one gate. */
export function addStateProduct(hidden: number, state: string, gate: string | number): string {
  return `
    for (let k = 0; k < ${hidden}; k++) {
      sum += ${state}[this.thread.y][k] * weightHh[${gate} * ${hidden} + this.thread.x][k];
    }
    `;
}

/** dh [B, H] = W_hhᵀ dGates, over the first `gates` gates of dGates [G, B, H] */
export function stateGradient({ emit, batch, hidden, weightHh }: Layer, dGates: Handle, gates: number): Handle {
  const body = `
    let sum = 0;
    for (let gate = 0; gate < ${gates}; gate++) {
      for (let k = 0; k < ${hidden}; k++) {
        sum += dGates[gate][this.thread.y][k] * weightHh[gate * ${hidden} + k][this.thread.x];
      }
    }
    return sum;
    `;
  return emit({ dGates, weightHh }, [hidden, batch], body);
}
