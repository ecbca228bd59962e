// Every operation on random shapes and values, against the reference engine.

import { collectOutputs } from '../engine.ts';
import type { Cell } from '../program/cell.ts';
import { gateCount } from '../program/cell.ts';
import { derivative } from '../program/derivative.ts';
import { type Program, portType } from '../program/program.ts';
import { elements, type TensorData } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { hashOf, type Mask, uniform } from '../random.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import { type Case, expectClose, runOnce } from './case.ts';
import { type OperationProgram, withDerivative } from './operation-program.ts';
import { sequencePrograms } from './sequence-programs.ts';

/** Single precision, accumulated over sequences of this suite's sizes. */
const tolerance = 2e-5;

export function operationCases(): Case[] {
  return casesOf(operationPrograms());
}

export function casesOf(programs: readonly OperationProgram[]): Case[] {
  return programs.map(({ name, program, below, prepare }) => ({
    name: `operation ${name}`,
    async run(engine) {
      const inputs = randomInputs(program, below, name.length);
      prepare?.(inputs);
      const expected = await runOnce(createReferenceEngine(), program, inputs);
      const plan = await engine.compile(program);
      const actual = await collectOutputs(plan, inputs);
      const again = await collectOutputs(plan, inputs);
      plan.dispose();
      for (const [output, data] of Object.entries(expected)) {
        expectClose(output, actual[output], data, tolerance);
        expectClose(`${output}, run again`, again[output], actual[output], 0);
      }
    },
  }));
}

/** Uniform values in the given range; without one in [-1, 1) for floats, 0 for integers. */
export function randomInputs(
  program: Program,
  below: OperationProgram['below'],
  seed: number,
): Record<string, TensorData> {
  const inputs: Record<string, TensorData> = {};
  for (const [index, port] of program.inputs.entries()) {
    const { shape, type } = portType(program, port);
    const draw = (i: number) => uniform(hashOf(seed, index, i));
    const length = elements(shape);
    const { from, to } = below[port.name] ?? { from: type === 'int32' ? 0 : -1, to: 1 };
    inputs[port.name] =
      type === 'int32'
        ? Int32Array.from({ length }, (_, i) => from + Math.floor(draw(i) * (to - from)))
        : Float32Array.from({ length }, (_, i) => from + draw(i) * (to - from));
  }
  return inputs;
}

export function operationPrograms(): OperationProgram[] {
  return [
    ...[
      [1, 1, 1, 1],
      [3, 2, 7, 5],
      [9, 4, 65, 33],
    ].map(([time, batch, rows, width]) => embeddingProgram(time, batch, rows, width)),
    ...[
      [1, 1, 1, 1],
      [1, 5, 3, 2],
      [7, 3, 13, 19],
      [4, 16, 40, 65],
    ].map(([time, batch, input, output]) => linearProgram(time, batch, input, output)),
    ...[false, true].flatMap((transposeA) => [false, true].map((transposeB) => matmulProgram(transposeA, transposeB))),
    elementwiseProgram('add'),
    elementwiseProgram('multiply'),
    featuresProgram(),
    ...(['element', 'time', 'shard'] as const).map(dropoutProgram),
    ...[
      [1, 1, 2],
      [5, 3, 11],
      [8, 4, 65],
    ].map(([time, batch, vocabulary]) => crossEntropyProgram(time, batch, vocabulary)),
    ...recurrentPrograms(),
    ...sequencePrograms(),
  ];
}

function embeddingProgram(time: number, batch: number, rows: number, width: number): OperationProgram {
  const trace = new Trace();
  const table = trace.input('weight', 'table', [rows, width]);
  const ids = trace.input('batch', 'ids', [time, batch], 'int32');
  withDerivative(trace, trace.apply('embedding', { table, ids }, {}).y, { table });
  const name = `embedding T${time} B${batch} V${rows} E${width}`;
  return { name, program: trace.program(name), below: { ids: { from: 0, to: rows } } };
}

function linearProgram(time: number, batch: number, input: number, output: number): OperationProgram {
  const trace = new Trace();
  const x = trace.input('batch', 'x', [time, batch, input]);
  const weight = trace.input('weight', 'weight', [output, input]);
  const bias = trace.input('weight', 'bias', [output]);
  withDerivative(trace, trace.apply('linear', { x, weight, bias }, {}).y, { x, weight, bias });
  const name = `linear T${time} B${batch} I${input} O${output}`;
  return { name, program: trace.program(name), below: {} };
}

function matmulProgram(transposeA: boolean, transposeB: boolean): OperationProgram {
  const trace = new Trace();
  const a = trace.input('batch', 'a', transposeA ? [11, 6] : [6, 11]);
  const b = trace.input('batch', 'b', transposeB ? [9, 11] : [11, 9]);
  trace.output('result', 'y', trace.apply('matmul', { a, b }, { transposeA, transposeB }).y);
  const name = `matmul transposeA ${transposeA} transposeB ${transposeB}`;
  return { name, program: trace.program(name), below: {} };
}

function elementwiseProgram(kind: 'add' | 'multiply'): OperationProgram {
  const trace = new Trace();
  const a = trace.input('batch', 'a', [3, 4, 5]);
  const b = trace.input('batch', 'b', [3, 4, 5]);
  withDerivative(trace, trace.apply(kind, { a, b }, {}).y, { a, b });
  return { name: kind, program: trace.program(kind), below: {} };
}

function featuresProgram(): OperationProgram {
  const trace = new Trace();
  const a = trace.input('batch', 'a', [3, 2, 5]);
  const b = trace.input('batch', 'b', [3, 2, 4]);
  const joined = trace.apply('concat', { a, b }, {}).y;
  const cut = trace.apply('slice', { x: joined }, { start: 3, size: 4 }).y;
  withDerivative(trace, trace.apply('pad', { x: cut }, { start: 2, size: 7 }).y, { a, b });
  const name = 'concat, slice, pad';
  return { name, program: trace.program(name), below: {} };
}

function dropoutProgram(across: Mask['across']): OperationProgram {
  const trace = new Trace();
  const x = trace.input('batch', 'x', [6, 5, 7]);
  const step = trace.input('index', 'step', [1], 'int32');
  const shard = trace.input('index', 'shard', [1], 'int32');
  const options = { shape: x.shape, rate: 0.4, seed: 2 ** 40 + 3, site: 1, across };
  const { mask } = trace.apply('dropoutMask', { step, shard }, options);
  withDerivative(trace, trace.apply('multiply', { a: x, b: mask }, {}).y, { x });
  const name = `dropoutMask across ${across}`;
  return { name, program: trace.program(name), below: { step: { from: 1, to: 1000 }, shard: { from: 0, to: 8 } } };
}

function crossEntropyProgram(time: number, batch: number, vocabulary: number): OperationProgram {
  const trace = new Trace();
  const logits = trace.input('batch', 'logits', [time, batch, vocabulary]);
  const targets = trace.input('batch', 'targets', [time, batch], 'int32');
  const { lossSum, weight } = trace.apply('crossEntropy', { logits, targets }, { smoothing: 0 });
  trace.output('result', 'weight', weight);
  withDerivative(trace, lossSum, { logits });
  const name = `crossEntropy T${time} B${batch} V${vocabulary}`;
  // -1: a target that is not counted.
  return { name, program: trace.program(name), below: { targets: { from: -1, to: vocabulary } } };
}

function recurrentPrograms(): OperationProgram[] {
  const cells: Cell[] = [
    ...(['tanh', 'relu', 'sigmoid'] as const).map((activation) => ({ kind: 'rnn', activation }) as const),
    { kind: 'lstm' },
    { kind: 'gru', reset: 'after' },
    { kind: 'gru', reset: 'before' },
  ];
  const extents: RecurrentExtent[] = [
    { time: 1, batch: 1, input: 1, hidden: 1, reverse: false },
    { time: 6, batch: 3, input: 5, hidden: 7, longest: 6, reverse: false },
    { time: 5, batch: 7, input: 9, hidden: 6, longest: 5, reverse: true },
    { time: 7, batch: 2, input: 4, hidden: 17, reverse: true },
    { time: 3, batch: 5, input: 2, hidden: 3, longest: 0, reverse: true },
  ];
  const projected = [
    { time: 1, batch: 1, input: 1, hidden: 2, projection: 1, reverse: false },
    { time: 6, batch: 3, input: 5, hidden: 7, projection: 5, longest: 6, reverse: false },
    { time: 5, batch: 5, input: 9, hidden: 6, projection: 3, longest: 5, reverse: true },
    { time: 7, batch: 2, input: 4, hidden: 21, projection: 17, reverse: true },
  ];
  return [
    ...cells.flatMap((cell) => extents.map((extent) => recurrentProgram(cell, extent))),
    ...projected.map((extent) => recurrentProgram({ kind: 'lstm' }, extent)),
  ];
}

interface RecurrentExtent {
  readonly time: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly projection?: number;
  /** Lengths are drawn from 0 to this. Absent: all sequences have all steps. */
  readonly longest?: number;
  readonly reverse: boolean;
}

function recurrentProgram(cell: Cell, extent: RecurrentExtent): OperationProgram {
  const { time, batch, input, hidden, projection, longest, reverse } = extent;
  const state = projection ?? hidden;
  const trace = new Trace();
  const rows = gateCount(cell) * hidden;
  const operands = {
    x: trace.input('batch', 'x', [time, batch, input]),
    weightIh: trace.input('weight', 'weightIh', [rows, input]),
    weightHh: trace.input('weight', 'weightHh', [rows, state]),
    biasIh: trace.input('weight', 'biasIh', [rows]),
    biasHh: trace.input('weight', 'biasHh', [rows]),
    h0: trace.input('state', 'h0', [batch, state]),
    ...(cell.kind === 'lstm' && { c0: trace.input('state', 'c0', [batch, hidden]) }),
    ...(projection !== undefined && { weightHr: trace.input('weight', 'weightHr', [projection, hidden]) }),
  };
  const lengths = longest !== undefined ? trace.input('batch', 'lengths', [batch], 'int32') : undefined;
  const { y, hN, cN } = trace.apply('recurrent', { ...operands, lengths }, { cell, reverse });
  const seeds = Object.entries({ y, hN, cN }).flatMap(([name, of]) => {
    if (of === undefined) return [];
    trace.output('result', name, of);
    return [{ of, is: trace.input('batch', `d${name}`, of.shape) }];
  });
  const gradients = derivative(trace, seeds, Object.values(operands));
  Object.keys(operands).forEach((name, i) => {
    trace.output('result', `d ${name}`, gradients[i]);
  });
  const kind =
    cell.kind === 'rnn' ? `rnn ${cell.activation}` : cell.kind === 'gru' ? `gru reset ${cell.reset}` : 'lstm';
  const sizes = `T${time} B${batch} I${input} H${hidden}${projection === undefined ? '' : ` P${projection}`}`;
  const name = `recurrent ${kind} ${sizes}${longest === undefined ? '' : ` up to ${longest}`}${reverse ? ' reverse' : ''}`;
  return {
    name,
    program: trace.program(name),
    below: longest === undefined ? {} : { lengths: { from: 0, to: longest + 1 } },
  };
}
