// The recurrent layer as ONNX's RNN, LSTM or GRU: the same equations, other names, and the gates in another order.

import type { Cell, Operation, TensorData, TensorId } from '@rondo/rnn-core';
import { ExportFault } from './export-fault.ts';
import type { GraphBuilder, Operand } from './graph-builder.ts';
import { type Attribute, elementTypes } from './messages.ts';

interface Form {
  readonly operator: 'RNN' | 'LSTM' | 'GRU';
  /** Where each of ONNX's gates stands among PyTorch's. */
  readonly gates: readonly number[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const activations = { tanh: 'Tanh', relu: 'Relu', sigmoid: 'Sigmoid' } as const;

function formOf(cell: Cell): Form {
  switch (cell.kind) {
    case 'rnn':
      return { operator: 'RNN', gates: [0], attributes: { activations: { strings: [activations[cell.activation]] } } };
    case 'lstm': // i, o, f, c of i, f, g, o
      return { operator: 'LSTM', gates: [0, 3, 1, 2], attributes: {} };
    case 'gru': // z, r, h of r, z, n; z weights the old state in both
      return {
        operator: 'GRU',
        gates: [1, 0, 2],
        attributes: { linear_before_reset: { int: cell.reset === 'after' ? 1 : 0 } },
      };
  }
}

/**
 * With D = 1, the number of directions: X [T, B, I], W [D, G·H, I], R [D, G·H, H], B [D, 2·G·H], sequence_lens [B], initial_h
 * and initial_c [D, B, H] → Y [T, D, B, H], Y_h and Y_c [D, B, H]. Past a sequence's length Y is zero, and Y_h is the
 * state after its last step in the direction of travel, as in Rondo.
 */
export function recurrent(graph: GraphBuilder, { inputs, outputs, options }: Operation<'recurrent'>): void {
  const { x, weightIh, weightHh, biasIh, biasHh, h0, c0, lengths } = inputs;
  if ('weightHr' in inputs) throw new ExportFault('no-onnx-form', 'a projection of the state has no form in ONNX');
  const { operator, gates, attributes } = formOf(options.cell);
  const hidden = graph.fixed(h0, 1);
  const weights = [
    inOrder(graph, weightIh, gates, hidden),
    inOrder(graph, weightHh, gates, hidden),
    biases(graph, biasIh, biasHh, gates, hidden),
  ];
  const [first, second] = [graph.integers(0), graph.integers(1)];
  const states = [h0, c0].map((state) => (state === undefined ? '' : graph.node('Unsqueeze', [state, first])));
  const results = c0 === undefined ? ['Y', 'Y_h'] : ['Y', 'Y_h', 'Y_c'];
  const direction = { string: options.reverse ? 'reverse' : 'forward' };
  const [y, hN, cN] = graph.nodes(
    operator,
    [x, ...weights, lengths, ...states],
    { ...attributes, hidden_size: { int: hidden }, direction },
    results,
  );
  graph.set(outputs.y, graph.node('Squeeze', [y, second]));
  graph.set(outputs.hN, lastState(graph, hN, h0, lengths));
  if (outputs.cN !== undefined) graph.set(outputs.cN, lastState(graph, cN, c0, lengths));
}

/** Y_h or Y_c as [B, H]. Of a sequence without a step ONNX does not say what that is: it is the first state. */
function lastState(graph: GraphBuilder, last: string, first: Operand, lengths: TensorId | undefined): string {
  const state = graph.node('Squeeze', [last, graph.integers(0)]);
  if (lengths === undefined) return state;
  const hasSteps = graph.once(`steps in ${graph.name(lengths)}`, () => {
    const isAny = graph.node('Cast', [lengths], { to: { int: elementTypes.bool } });
    return graph.node('Unsqueeze', [isAny, graph.integers(1)]);
  });
  return graph.node('Where', [hasSteps, state, first]);
}

/** W or R: [G·H, N] → [1, G·H, N], the gates in ONNX's order. */
function inOrder(graph: GraphBuilder, tensor: TensorId, gates: readonly number[], hidden: number): string {
  const { name, data } = graph.weight('recurrent', tensor);
  const shape = [1, gates.length * hidden, graph.fixed(tensor, 1)];
  return graph.initializer(`${name}.onnx`, () => ({ shape, data: concatenated(blocks(data, gates)) }));
}

/** B: biasIh and then biasHh, each with its gates in ONNX's order. */
function biases(graph: GraphBuilder, ih: TensorId, hh: TensorId, gates: readonly number[], hidden: number): string {
  const [fromInput, fromState] = [ih, hh].map((tensor) => graph.weight('recurrent', tensor));
  return graph.initializer(`${fromInput.name}.onnx`, () => ({
    shape: [1, 2 * gates.length * hidden],
    data: concatenated([...blocks(fromInput.data, gates), ...blocks(fromState.data, gates)]),
  }));
}

/** A gate's rows each, as they lie. */
function blocks(data: TensorData, gates: readonly number[]): TensorData[] {
  const size = data.length / gates.length;
  return gates.map((gate) => data.subarray(gate * size, (gate + 1) * size));
}

function concatenated(parts: readonly TensorData[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
