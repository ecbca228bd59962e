// The losses on random shapes and values, against the reference engine: class weights and smoothing, regression, tags.

import type { Tensor, TensorData } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { type Case, runOnce } from './case.ts';
import { casesOf, randomInputs } from './operation-cases.ts';
import { type OperationProgram, withDerivative } from './operation-program.ts';

export function lossCases(): Case[] {
  return [...casesOf(lossPrograms()), crfRefusals()];
}

export function lossPrograms(): OperationProgram[] {
  return [
    ...[
      { time: 1, batch: 1, classes: 2, weighted: true, smoothing: 0.3 },
      { time: 5, batch: 3, classes: 11, weighted: true, smoothing: 0 },
      { time: 5, batch: 5, classes: 3, weighted: false, smoothing: 0.1 },
      { time: 9, batch: 3, classes: 9, weighted: false, smoothing: 0.1 },
      { time: 8, batch: 4, classes: 65, weighted: true, smoothing: 0.2 },
    ].map(crossEntropyProgram),
    ...(['squared', 'absolute', 'huber'] as const).flatMap((kind) =>
      [
        [1, 1, 1],
        [5, 3, 2],
        [4, 9, 7],
      ].map(([time, batch, features]) => regressionProgram({ kind, time, batch, features })),
    ),
    regressionProgram({ kind: 'huber', time: 3, batch: 7, features: 5, input: 4 }),
    ...[
      { time: 1, batch: 1, tags: 2 },
      { time: 1, batch: 5, tags: 3 },
      { time: 4, batch: 1, tags: 5 },
      { time: 6, batch: 9, tags: 7 },
      { time: 5, batch: 4, tags: 33 },
      { time: 5, batch: 6, tags: 9, spread: 160 },
    ].map(crfProgram),
  ];
}

/** The loss and its divisor as outputs, the loss differentiated. */
function withLoss(trace: Trace, loss: { lossSum: Tensor; weight: Tensor }, wanted: Record<string, Tensor>): void {
  trace.output('result', 'weight', loss.weight);
  withDerivative(trace, loss.lossSum, wanted);
}

interface CrossEntropyCase {
  readonly time: number;
  readonly batch: number;
  readonly classes: number;
  readonly weighted: boolean;
  readonly smoothing: number;
}

function crossEntropyProgram({ time, batch, classes, weighted, smoothing }: CrossEntropyCase): OperationProgram {
  const trace = new Trace();
  const logits = trace.input('batch', 'logits', [time, batch, classes]);
  const targets = trace.input('batch', 'targets', [time, batch], 'int32');
  const classWeights = weighted ? trace.input('batch', 'classWeights', [classes]) : undefined;
  withLoss(trace, trace.apply('crossEntropy', { logits, targets, classWeights }, { smoothing }), { logits });
  const name = `crossEntropy T${time} B${batch} V${classes}${weighted ? ' weighted' : ''} smoothing ${smoothing}`;
  const below = { targets: { from: -1, to: classes }, classWeights: { from: 0, to: 3 } };
  return { name, program: trace.program(name), below };
}

interface RegressionCase {
  readonly kind: 'squared' | 'absolute' | 'huber';
  readonly time: number;
  readonly batch: number;
  readonly features: number;
  /** Size of a linear layer's input: y is its result instead of an input itself. */
  readonly input?: number;
}

function regressionProgram({ kind, time, batch, features, input }: RegressionCase): OperationProgram {
  const trace = new Trace();
  const x = trace.input('batch', 'x', [time, batch, input ?? features]);
  const layer = input === undefined ? undefined : trace.input('weight', 'layer', [features, input]);
  const y = layer === undefined ? x : trace.apply('linear', { x, weight: layer }, {}).y;
  const [targets, weights] = [trace.input('batch', 'targets', y.shape), trace.input('batch', 'weights', y.shape)];
  const loss = trace.apply('regressionLoss', { y, targets, weights }, { kind, delta: 0.4 });
  withLoss(trace, loss, { x, ...(layer && { layer }) });
  const name = `regressionLoss ${kind} T${time} B${batch} F${features}${layer ? ' behind a layer' : ''}`;
  // A place of weight 0 does not count, whatever its target is.
  const prepare = (inputs: Record<string, TensorData>) => {
    inputs.weights.forEach((_, i) => {
      if (i % 3 !== 1) return;
      inputs.weights[i] = 0;
      inputs.targets[i] = i % 2 === 0 ? 3e38 : -3e38;
    });
  };
  return { name, program: trace.program(name), below: { weights: { from: 0.5, to: 2 } }, prepare };
}

interface CrfCase {
  readonly time: number;
  readonly batch: number;
  readonly tags: number;
  /** Of the emissions' and the transitions' scores: far apart, the terms of a sum of exponentials differ by more than float32 can. */
  readonly spread?: number;
}

function crfProgram({ time, batch, tags, spread = 2 }: CrfCase): OperationProgram {
  const trace = new Trace();
  const scores = {
    emissions: trace.input('batch', 'emissions', [time, batch, tags]),
    transitions: trace.input('weight', 'transitions', [tags, tags]),
    start: trace.input('weight', 'start', [tags]),
    end: trace.input('weight', 'end', [tags]),
  };
  const targets = trace.input('batch', 'targets', [time, batch], 'int32');
  const lengths = trace.input('batch', 'lengths', [batch], 'int32');
  withLoss(trace, trace.apply('crf', { ...scores, targets, lengths }, {}), scores);
  const name = `crf T${time} B${batch} K${tags}${spread === 2 ? '' : ` spread ${spread}`}`;
  const below = {
    emissions: { from: -spread / 2, to: spread / 2 },
    transitions: { from: -spread / 2, to: spread / 2 },
    targets: { from: 0, to: tags },
    lengths: { from: 1, to: time + 1 },
  };
  const prepare = (inputs: Record<string, TensorData>) => {
    if (batch > 2) [inputs.lengths[0], inputs.lengths[1]] = [time, 0];
    inputs.targets.forEach((_, i) => {
      if (Math.floor(i / batch) >= inputs.lengths[i % batch]) inputs.targets[i] = -1;
    });
  };
  return { name, program: trace.program(name), below, prepare };
}

/** Integers that would read beyond a tensor: a tag that is none within a length, a length of more steps than there are. */
function crfRefusals(): Case {
  const { program, below, prepare } = crfProgram({ time: 3, batch: 2, tags: 4 });
  return {
    name: 'crf refuses tags and lengths outside their bounds',
    async run(engine) {
      const refusals = [
        { change: { targets: 4, lengths: 1 }, message: 'target 4 in input targets is outside [0, 4)' },
        { change: { targets: -1, lengths: 1 }, message: 'target -1 in input targets is outside [0, 4)' },
        { change: { targets: 0, lengths: 4 }, message: 'length 4 in input lengths is outside [0, 4)' },
      ];
      for (const { change, message } of refusals) {
        const inputs = randomInputs(program, below, 1);
        prepare?.(inputs);
        for (const [name, value] of Object.entries(change)) inputs[name][0] = value;
        const answer = await runOnce(engine, program, inputs).then(
          () => 'it ran',
          (error: Error) => error.message,
        );
        if (answer !== message) throw new Error(`${JSON.stringify(change)}: ${answer}, expected: ${message}`);
      }
    },
  };
}
