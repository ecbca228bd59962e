// Attention over whole sequences. Letters: Q and K time steps of queries and keys, B batch, H features of both, V of the values.
// Row i · B + b of the queries, and of what has a row for each, is step i of sequence b; row s · B + b of the keys and values likewise.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';
import { declareTanh } from './elementwise.ts';
import { declareQuotient } from './layout.ts';
import { addTerms } from './matmul.ts';
import { sumRows } from './sums.ts';

export interface AttentionOperands {
  readonly query: Matrix; // [Q·B, H]
  readonly keys: Matrix; // [K·B, H]
  readonly values: Matrix; // [K·B, V]
  /** [1, H] of additive scores; undefined: the score is query · key */
  readonly vector: Matrix | undefined;
  readonly batch: number;
}

/** Statements that declare the sequence `b` of a row. */
const declareSequence = (row: string, B: number) => declareQuotient('t', 'b', row, B);

/** weights [Q·B, K] = softmax over the valid keys of the scores, y [Q·B, V] = weights · values */
export function attention(
  emit: Emit,
  operands: AttentionOperands,
  lengths: Handle | undefined, // [1, B]
): { y: Matrix; weights: Matrix } {
  const { values, batch: B } = operands;
  const weights = softmax(emit, scores(emit, operands), lengths, B);
  const body = `
    ${declareSequence('this.thread.y', B)}
    let sum = 0;
    ${addTerms(weights.columns, (s) => `weights[this.thread.y][${s}] * values[(${s}) * ${B} + b][this.thread.x]`)}
    return sum;
    `;
  const y = emitMatrix(emit, { weights: weights.handle, values: values.handle }, weights.rows, values.columns, body);
  return { y, weights };
}

/** [Q·B, K]: query · key, or vector · tanh(query + key) */
function scores(emit: Emit, { query, keys, vector, batch: B }: AttentionOperands): Matrix {
  const H = query.columns;
  const dot = addTerms(H, (h) => `query[this.thread.y][${h}] * keys[key][${h}]`);
  const additive = `
    for (let h = 0; h < ${H}; h++) {
      ${declareTanh('u', '(query[this.thread.y][h] + keys[key][h])')}
      sum += vector[0][h] * u;
    }
    `;
  const body = `
    ${declareSequence('this.thread.y', B)}
    const key = this.thread.x * ${B} + b;
    let sum = 0;
    ${vector ? additive : dot}
    return sum;
    `;
  const operands = { query: query.handle, keys: keys.handle, ...(vector && { vector: vector.handle }) };
  return emitMatrix(emit, operands, query.rows, keys.rows / B, body);
}

/** Of every row the first lengths[b] elements, those behind them 0 */
function softmax(emit: Emit, scores: Matrix, lengths: Handle | undefined, B: number): Matrix {
  const { rows: N, columns: K } = scores;
  const operands = { scores: scores.handle, ...(lengths && { lengths }) };
  const declareLength = (row: string) => `
    ${declareSequence(row, B)}
    const length = ${lengths ? 'lengths[0][b]' : K};
    `;
  const largest = emit(
    operands,
    [N, 1],
    `
    ${declareLength('this.thread.x')}
    let largest = scores[this.thread.x][0];
    for (let s = 1; s < ${K}; s++) {
      if (s < length) largest = Math.max(largest, scores[this.thread.x][s]);
    }
    return largest;
    `,
  );
  const total = emit(
    { ...operands, largest },
    [N, 1],
    `
    ${declareLength('this.thread.x')}
    let sum = 0;
    for (let s = 0; s < ${K}; s++) {
      if (s < length) sum += Math.exp(scores[this.thread.x][s] - largest[0][this.thread.x]);
    }
    return sum;
    `,
  );
  const body = `
    ${declareLength('this.thread.y')}
    if (this.thread.x >= length) return 0;
    return Math.exp(scores${here} - largest[0][this.thread.y]) / total[0][this.thread.y];
    `;
  return emitMatrix(emit, { ...operands, largest, total }, N, K, body);
}

export function attentionGradient(
  emit: Emit,
  operands: AttentionOperands,
  weights: Matrix, // [Q·B, K]
  dy: Matrix, // [Q·B, V]
): { dQuery: Matrix; dKeys: Matrix; dValues: Matrix; dVector: Matrix | undefined } {
  const { values, vector, batch: B } = operands;
  const dScores = scoresGradient(emit, weights, values, dy, B);
  const dValues = overSequence(
    emit,
    { weights: weights.handle, dy: dy.handle },
    values,
    dy.rows / B,
    B,
    (row) => `sum += weights[${row}][t] * dy[${row}][this.thread.x];`,
  );
  const gradients = vector ? additiveGradient(emit, operands, vector, dScores) : dotGradient(emit, operands, dScores);
  return { ...gradients, dValues };
}

/** dScores [Q·B, K] = weight · (dWeight - Σ weight · dWeight over the keys), dWeight = dy · value */
function scoresGradient(emit: Emit, weights: Matrix, values: Matrix, dy: Matrix, B: number): Matrix {
  const { rows: N, columns: K } = weights;
  const product = `
    ${declareSequence('this.thread.y', B)}
    const row = this.thread.x * ${B} + b;
    let sum = 0;
    ${addTerms(values.columns, (v) => `dy[this.thread.y][${v}] * values[row][${v}]`)}
    return sum;
    `;
  const dWeights = emitMatrix(emit, { dy: dy.handle, values: values.handle }, N, K, product).handle;
  const operands = { weights: weights.handle, dWeights };
  const mean = emit(
    operands,
    [N, 1],
    `
    let sum = 0;
    for (let s = 0; s < ${K}; s++) sum += weights[this.thread.x][s] * dWeights[this.thread.x][s];
    return sum;
    `,
  );
  const body = `return weights${here} * (dWeights${here} - mean[0][this.thread.y]);`;
  return emitMatrix(emit, { ...operands, mean }, N, K, body);
}

type ScoreGradients = { dQuery: Matrix; dKeys: Matrix; dVector: Matrix | undefined };

function dotGradient(emit: Emit, { query, keys, batch: B }: AttentionOperands, dScores: Matrix): ScoreGradients {
  const toQuery = { dScores: dScores.handle, keys: keys.handle };
  const dQuery = overSequence(
    emit,
    toQuery,
    query,
    dScores.columns,
    B,
    (key) => `sum += dScores[this.thread.y][s] * keys[${key}][this.thread.x];`,
  );
  const toKeys = { dScores: dScores.handle, query: query.handle };
  const dKeys = overSequence(
    emit,
    toKeys,
    keys,
    query.rows / B,
    B,
    (row) => `sum += dScores[${row}][t] * query[${row}][this.thread.x];`,
  );
  return { dQuery, dKeys, dVector: undefined };
}

function additiveGradient(
  emit: Emit,
  { query, keys, batch: B }: AttentionOperands,
  vector: Matrix,
  dScores: Matrix,
): ScoreGradients {
  const handles = { dScores: dScores.handle, query: query.handle, keys: keys.handle };
  const withVector = { ...handles, vector: vector.handle };
  const tanhOf = (row: string, key: string) =>
    declareTanh('u', `(query[${row}][this.thread.x] + keys[${key}][this.thread.x])`);
  const slope = 'vector[0][this.thread.x] * (1 - u * u)';
  const dQuery = overSequence(
    emit,
    withVector,
    query,
    dScores.columns,
    B,
    (key) => `${tanhOf('this.thread.y', key)} sum += dScores[this.thread.y][s] * ${slope};`,
  );
  const dKeys = overSequence(
    emit,
    withVector,
    keys,
    query.rows / B,
    B,
    (row) => `${tanhOf(row, 'this.thread.y')} sum += dScores[${row}][t] * ${slope};`,
  );
  const parts = overSequence(
    emit,
    handles,
    query,
    dScores.columns,
    B,
    (key) => `${tanhOf('this.thread.y', key)} sum += dScores[this.thread.y][s] * u;`,
  );
  return { dQuery, dKeys, dVector: sumRows(emit, parts) };
}

/**
 * As `like`, a query or a key a row: the sum over the `steps` keys or queries of its sequence, each at row `other` and of step
 * s; `term` adds one to `sum`. The row's own step is t.
 */
function overSequence(
  emit: Emit,
  operands: Readonly<Record<string, Handle>>,
  like: Matrix,
  steps: number,
  B: number,
  term: (other: string) => string,
): Matrix {
  const body = `
    ${declareSequence('this.thread.y', B)}
    let sum = 0;
    for (let s = 0; s < ${steps}; s++) { const other = s * ${B} + b; ${term('other')} }
    return sum;
    `;
  return emitMatrix(emit, operands, like.rows, like.columns, body);
}
