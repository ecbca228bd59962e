// The recurrent cells: what distinguishes them, and how many gates and saved values each has.

/**
 * - `rnn`: h' = act(W_ih x + b_ih + W_hh h + b_hh) (Elman 1990).
 * - `lstm`: gates i, f, g, o in PyTorch's order (Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000).
 * - `gru`: gates r, z, n in PyTorch's order; z weights the old state.
 *   `reset: 'after'` n = tanh(W_in x + b_in + r * (W_hn h + b_hn)) (cuDNN, PyTorch);
 *   `reset: 'before'` n = tanh(W_in x + b_in + W_hn (r * h) + b_hn) (Cho et al. 2014).
 */
export type Cell =
  | { readonly kind: 'rnn'; readonly activation: Activation }
  | { readonly kind: 'lstm' }
  | { readonly kind: 'gru'; readonly reset: Reset };

export type Activation = 'tanh' | 'relu' | 'sigmoid';
export type Reset = 'after' | 'before';

/** Rows of the weight matrices, in units of the hidden size. */
export function gateCount(cell: Cell): number {
  switch (cell.kind) {
    case 'rnn':
      return 1;
    case 'gru':
      return 3;
    case 'lstm':
      return 4;
  }
}

/**
 * What the forward pass keeps for its derivative, in units of the hidden size, per time step and sequence:
 * rnn nothing beyond its output; lstm i, f, g, o and the cell c;
 * gru r, z, n and, for `after`, q = W_hn h + b_hn, for `before`, q = r * h.
 */
export function savedCount(cell: Cell): number {
  switch (cell.kind) {
    case 'rnn':
      return 0;
    case 'gru':
      return 4;
    case 'lstm':
      return 5;
  }
}
