// Programs of the operations between and behind recurrent layers: attention, pooling, normalization, activations, shapes.

import { derivative } from '../program/derivative.ts';
import type { Operation } from '../program/operation.ts';
import type { Shape } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { type OperationProgram, withDerivative } from './operation-program.ts';

export function sequencePrograms(): OperationProgram[] {
  return [
    ...[[12, 6], [3, 4, 6], [72], [1, 72], [8, 9], [36, 2]].map(reshapeProgram),
    ...(['tanh', 'relu', 'sigmoid'] as const).map(activationProgram),
    ...[
      [1, 1, 1],
      [3, 2, 7],
      [5, 4, 16],
      [2, 19, 33],
    ].map(layerNormProgram),
    ...attentionExtents.flatMap((extent) => scores.map((score) => attentionProgram(score, extent))),
    ...poolExtents.flatMap((extent) => pools.map((over) => poolProgram(over, extent))),
    firstOfEqualsProgram(),
  ];
}

/** Of a part of an input, and of a layer's output: an engine may store the two differently. */
function reshapeProgram(shape: Shape): OperationProgram {
  const trace = new Trace();
  const x = trace.input('batch', 'x', [4, 3, 10]);
  const weight = trace.input('weight', 'weight', [6, 10]);
  const part = trace.apply('reshape', { x: trace.apply('slice', { x }, { start: 2, size: 6 }).y }, { shape }).y;
  const computed = trace.apply('reshape', { x: trace.apply('linear', { x, weight }, {}).y }, { shape }).y;
  withDerivative(trace, trace.apply('multiply', { a: part, b: computed }, {}).y, { x, weight });
  const name = `reshape to ${shape}`;
  return { name, program: trace.program(name), below: {} };
}

function activationProgram(activation: Operation<'activation'>['options']['function']): OperationProgram {
  const trace = new Trace();
  const x = trace.input('batch', 'x', [3, 6, 7]);
  const weight = trace.input('weight', 'weight', [5, 7]);
  const inner = trace.apply(
    'activation',
    { x: trace.apply('linear', { x, weight }, {}).y },
    { function: activation },
  ).y;
  withDerivative(trace, trace.apply('activation', { x: inner }, { function: activation }).y, { x, weight });
  const name = `activation ${activation}`;
  return { name, program: trace.program(name), below: {} };
}

function layerNormProgram(shape: Shape): OperationProgram {
  const trace = new Trace();
  const x = trace.input('batch', 'x', shape);
  const gain = trace.input('weight', 'gain', shape.slice(-1));
  const bias = trace.input('weight', 'bias', shape.slice(-1));
  withDerivative(trace, trace.apply('layerNorm', { x, gain, bias }, { epsilon: 1e-5 }).y, { x, gain, bias });
  const name = `layerNorm of ${shape}`;
  return { name, program: trace.program(name), below: {} };
}

interface AttentionExtent {
  readonly timeQ: number;
  readonly timeK: number;
  readonly batch: number;
  readonly hidden: number;
  /** Features of the values; absent: the keys are the values. */
  readonly width?: number;
  /** Lengths are drawn from 0 to this. Absent: all keys count. */
  readonly longest?: number;
}

const scores = ['dot', 'additive'] as const;
const attentionExtents: readonly AttentionExtent[] = [
  { timeQ: 1, timeK: 1, batch: 1, hidden: 1, width: 1 },
  { timeQ: 3, timeK: 5, batch: 4, hidden: 7, width: 6, longest: 5 },
  { timeQ: 6, timeK: 9, batch: 7, hidden: 19, longest: 9 },
  { timeQ: 2, timeK: 4, batch: 2, hidden: 5, width: 3, longest: 0 },
  { timeQ: 3, timeK: 18, batch: 9, hidden: 8, width: 5 },
];

/** The queries come from a layer, the rest are inputs. */
function attentionProgram(
  score: Operation<'attention'>['options']['score'],
  extent: AttentionExtent,
): OperationProgram {
  const { timeQ, timeK, batch, hidden, width, longest } = extent;
  const trace = new Trace();
  const state = trace.input('batch', 'state', [timeQ, batch, 3]);
  const weight = trace.input('weight', 'weight', [hidden, 3]);
  const keys = trace.input('batch', 'keys', [timeK, batch, hidden]);
  const values = width === undefined ? undefined : trace.input('batch', 'values', [timeK, batch, width]);
  const vector = score === 'additive' ? trace.input('weight', 'vector', [hidden]) : undefined;
  const operands = {
    query: trace.apply('linear', { x: state, weight }, {}).y,
    keys,
    values: values ?? keys,
    vector,
    lengths: longest === undefined ? undefined : trace.input('batch', 'lengths', [batch], 'int32'),
  };
  const { y, weights } = trace.apply('attention', operands, { score });
  trace.output('result', 'weights', weights);
  withDerivative(trace, y, { state, weight, keys, ...(values && { values }), ...(vector && { vector }) });
  const sizes = `Q${timeQ} K${timeK} B${batch} H${hidden}${width === undefined ? '' : ` V${width}`}`;
  const name = `attention ${score} ${sizes}${longest === undefined ? '' : ` up to ${longest}`}`;
  return { name, program: trace.program(name), below: upTo(longest) };
}

interface PoolExtent {
  readonly time: number;
  readonly batch: number;
  readonly features: number;
  readonly longest?: number;
}

const pools = ['mean', 'max'] as const;
const poolExtents: readonly PoolExtent[] = [
  { time: 1, batch: 1, features: 1 },
  { time: 5, batch: 3, features: 7, longest: 5 },
  { time: 6, batch: 18, features: 5 },
  { time: 9, batch: 7, features: 33, longest: 9 },
  { time: 3, batch: 5, features: 2, longest: 0 },
];

function poolProgram(over: Operation<'pool'>['options']['over'], extent: PoolExtent): OperationProgram {
  const { time, batch, features, longest } = extent;
  const trace = new Trace();
  const x = trace.input('batch', 'x', [time, batch, features]);
  const lengths = longest === undefined ? undefined : trace.input('batch', 'lengths', [batch], 'int32');
  withDerivative(trace, trace.apply('pool', { x, lengths }, { over }).y, { x });
  const name = `pool ${over} T${time} B${batch} F${features}${longest === undefined ? '' : ` up to ${longest}`}`;
  return { name, program: trace.program(name), below: upTo(longest) };
}

/** Steps that are equal in every feature, as two symbols give them: which of them the derivative goes to. */
function firstOfEqualsProgram(): OperationProgram {
  const trace = new Trace();
  const table = trace.input('weight', 'table', [2, 3]);
  const ids = trace.input('batch', 'ids', [8, 5], 'int32');
  const x = trace.apply('embedding', { table, ids }, {}).y;
  const { y } = trace.apply('pool', { x }, { over: 'max' });
  trace.output('result', 'y', y);
  const [dx] = derivative(trace, [{ of: y, is: trace.input('batch', 'dy', y.shape) }], [x]);
  trace.output('result', 'dx', dx);
  const name = 'pool max of equals';
  return { name, program: trace.program(name), below: { ids: { from: 0, to: 2 } } };
}

function upTo(longest: number | undefined): OperationProgram['below'] {
  return longest === undefined ? {} : { lengths: { from: 0, to: longest + 1 } };
}
