// The linear-chain conditional random field over logarithms: a kernel a time step each way, as in the recurrent layer.
// Letters: T time, B batch, K tags, N = T·B rows, row t·B + b.
//
// arrivals [N, K] are the forward scores of tags, their own emission left out, over the largest score x of the step before:
// arrivals(t, j) = log Σ_i e^(x(t - 1, i) + transitions[i][j]), with x = arrivals + emissions less its largest in the row. So
// nothing grows with time, and e^(x(t - 1, i) + transitions[i][j] - arrivals(t, j)) is how likely tag i came before j at t.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';
import { combine, fill } from './elementwise.ts';
import { concatRows } from './layout.ts';
import { sumAll } from './sums.ts';

export interface CrfOperands {
  readonly emissions: Matrix; // [N, K]
  readonly transitions: Handle; // [K, K]
  readonly start: Handle; // [1, K]
  readonly end: Handle; // [1, K]
  readonly targets: Handle; // [1, N]
  readonly lengths: Handle; // [1, B]
  readonly batch: number;
}

/** What the gradient needs of the forward pass. */
export interface CrfTape {
  readonly arrivals: Handle; // [N, K]
  /** x [N, K] */
  readonly scores: Handle;
  /** Probabilities of each sequence's last tag [B, K]. */
  readonly last: Handle;
}

/** Statements that declare `name` = the largest of term(k). */
const declareLargest = (name: string, K: number, term: (k: string) => string) => `
  let ${name} = ${term('0')};
  for (let k = 1; k < ${K}; k++) ${name} = Math.max(${name}, ${term('k')});
`;

export function crf(emit: Emit, operands: CrfOperands): { lossSum: Matrix; weight: Matrix; tape: CrfTape } {
  const { emissions, transitions, start, end, targets, lengths, batch: B } = operands;
  const { rows: N, columns: K } = emissions;
  const steps: Matrix[] = [emitMatrix(emit, { start }, B, K, 'return start[0][this.thread.x];')];
  for (let t = 1; t < N / B; t++) {
    const score = (k: string) => `before[this.thread.y][${k}] + emissions[row + this.thread.y][${k}]`;
    const pair = (k: string) => `${score(k)} + transitions[${k}][this.thread.x]`;
    const body = `
      let largest = ${score('0')};
      let largestPair = ${pair('0')};
      for (let k = 1; k < ${K}; k++) {
        largest = Math.max(largest, ${score('k')});
        largestPair = Math.max(largestPair, ${pair('k')});
      }
      let sum = 0;
      for (let k = 0; k < ${K}; k++) sum += Math.exp(${pair('k')} - largestPair);
      return largestPair - largest + Math.log(sum);
      `;
    const before = steps[t - 1].handle;
    steps.push(emitMatrix(emit, { before, emissions: emissions.handle, transitions, row: (t - 1) * B }, B, K, body));
  }
  const arrivals = concatRows(emit, steps);
  const sums = combine(emit, arrivals, emissions, '+').handle;
  const largest = emit(
    { sums },
    [N, 1],
    `${declareLargest('largest', K, (k) => `sums[this.thread.x][${k}]`)} return largest;`,
  );
  const scores = emit({ sums, largest }, [K, N], `return sums${here} - largest[0][this.thread.y];`);
  const logTotals = emit({ scores, end, lengths }, [B, 1], logTotalOfLast(B, K));
  const last = emit(
    { scores, end, lengths, logTotals },
    [K, B],
    `
    const row = Math.max(lengths[0][this.thread.y] - 1, 0) * ${B} + this.thread.y;
    return Math.exp(scores[row][this.thread.x] + end[0][this.thread.x] - logTotals[0][this.thread.y]);
    `,
  );
  // What each row adds to log Z, less what its target adds to the score.
  const rowLosses = emit(
    { largest, emissions: emissions.handle, transitions, start, targets, lengths },
    [N, 1],
    `
    const time = ${timeOf('this.thread.x', B)};
    const target = ${tagOf('this.thread.x', K)};
    const before = ${tagOf(`Math.max(this.thread.x - ${B}, 0)`, K)};
    let score = transitions[before][target];
    if (time < 1) score = start[0][target];
    const loss = largest[0][this.thread.x] - emissions[this.thread.x][target] - score;
    if (time < lengths[0][this.thread.x - time * ${B}]) return loss;
    return 0;
    `,
  );
  const endLosses = emit(
    { logTotals, end, targets, lengths },
    [B, 1],
    `
    const length = lengths[0][this.thread.x];
    const target = ${tagOf(`Math.max(length - 1, 0) * ${B} + this.thread.x`, K)};
    const loss = logTotals[0][this.thread.x] - end[0][target];
    if (length > 0) return loss;
    return 0;
    `,
  );
  return {
    lossSum: combine(emit, sumAll(emit, rowLosses, N), sumAll(emit, endLosses, B), '+'),
    weight: sumAll(emit, lengths, B),
    tape: { arrivals: arrivals.handle, scores, last },
  };
}

/** Text of the time step of a row; half a row more keeps the quotient clear of the integers. */
const timeOf = (row: string, B: number) => `Math.floor((${row} + 0.5) / ${B})`;

/** Text of a row's target; what stands past a length is brought among the tags. */
const tagOf = (row: string, K: number) => `Math.min(Math.max(targets[0][${row}], 0), ${K - 1})`;

/** Body: log Σ_k e^(scores + end) of the last row of sequence thread.x. */
function logTotalOfLast(B: number, K: number): string {
  const score = (k: string) => `scores[row][${k}] + end[0][${k}]`;
  return `
    const row = Math.max(lengths[0][this.thread.x] - 1, 0) * ${B} + this.thread.x;
    ${declareLargest('largest', K, score)}
    let sum = 0;
    for (let k = 0; k < ${K}; k++) sum += Math.exp(${score('k')} - largest);
    return largest + Math.log(sum);
    `;
}

/** dLossSum times the marginals of tags and of pairs of them less the targets' own. */
export function crfGradient(emit: Emit, operands: CrfOperands, tape: CrfTape, dLossSum: Handle) {
  const { emissions, targets, lengths, batch: B } = operands;
  const { rows: N, columns: K } = emissions;
  const marginals = concatRows(emit, marginalsOf(emit, operands, tape)).handle;
  const dEmissions = emit(
    { marginals, targets, lengths, dLossSum },
    [K, N],
    `
    const time = ${timeOf('this.thread.y', B)};
    let difference = marginals${here};
    if (this.thread.x === targets[0][this.thread.y]) difference -= 1;
    if (time < lengths[0][this.thread.y - time * ${B}]) return dLossSum[0][0] * difference;
    return 0;
    `,
  );
  const dStart = `
    let sum = 0;
    for (let b = 0; b < ${B}; b++) sum += dEmissions[b][this.thread.x];
    return sum;
    `;
  // Of a sequence without steps it reads the first row: zeros.
  const dEnd = `
    let sum = 0;
    for (let b = 0; b < ${B}; b++) {
      sum += dEmissions[Math.max(lengths[0][b] - 1, 0) * ${B} + b][this.thread.x];
    }
    return sum;
    `;
  return {
    dEmissions: { handle: dEmissions, rows: N, columns: K },
    dTransitions: pairGradient(emit, operands, tape, marginals, dLossSum),
    dStart: emitMatrix(emit, { dEmissions }, 1, K, dStart),
    dEnd: emitMatrix(emit, { dEmissions, lengths }, 1, K, dEnd),
  };
}

/** One [B, K] a step: how likely each tag is, 0 past a length. */
function marginalsOf(emit: Emit, operands: CrfOperands, { arrivals, scores, last }: CrfTape): Matrix[] {
  const { emissions, transitions, lengths, batch: B } = operands;
  const { rows: N, columns: K } = emissions;
  const atEnd = `
    if (time === lengths[0][this.thread.y] - 1) return last${here};
    if (time >= lengths[0][this.thread.y]) return 0;
    `;
  const came = (k: string) =>
    `scores[row + this.thread.y][this.thread.x] + transitions[this.thread.x][${k}] - arrivals[row + ${B} + this.thread.y][${k}]`;
  const body = `
    ${atEnd}
    let sum = 0;
    for (let k = 0; k < ${K}; k++) sum += behind[this.thread.y][k] * Math.exp(${came('k')});
    return sum;
    `;
  const final = N / B - 1;
  const steps = [emitMatrix(emit, { last, lengths, time: final }, B, K, `${atEnd} return 0;`)];
  for (let time = final - 1; time >= 0; time--) {
    const behind = steps[0].handle;
    const operandsOfStep = { behind, scores, arrivals, transitions, last, lengths, row: time * B, time };
    steps.unshift(emitMatrix(emit, operandsOfStep, B, K, body));
  }
  return steps;
}

/** dTransitions [K, K]: of tag thread.y followed by thread.x. */
function pairGradient(
  emit: Emit,
  { emissions, transitions, targets, lengths, batch: B }: CrfOperands,
  { arrivals, scores }: CrfTape,
  marginals: Handle,
  dLossSum: Handle,
): Matrix {
  const { rows: N, columns: K } = emissions;
  if (N === B) return fill(emit, K, K, 0);
  const expected = emitMatrix(
    emit,
    { marginals, scores, transitions, arrivals },
    K,
    K,
    `
    let sum = 0;
    for (let row = 0; row < ${N - B}; row++) {
      const came = scores[row][this.thread.y] + transitions${here} - arrivals[row + ${B}][this.thread.x];
      sum += marginals[row + ${B}][this.thread.x] * Math.exp(came);
    }
    return sum;
    `,
  );
  // Rows behind which the sequence goes on, and what the targets use there.
  const used = emitMatrix(
    emit,
    { targets, lengths },
    K,
    K,
    `
    let sum = 0;
    for (let row = 0; row < ${N - B}; row++) {
      const time = ${timeOf('row', B)};
      if (time + 1 < lengths[0][row - time * ${B}]) {
        if (targets[0][row] === this.thread.y) {
          if (targets[0][row + ${B}] === this.thread.x) sum += 1;
        }
      }
    }
    return sum;
    `,
  );
  const body = `return dLossSum[0][0] * (expected${here} - used${here});`;
  return emitMatrix(emit, { expected: expected.handle, used: used.handle, dLossSum }, K, K, body);
}
