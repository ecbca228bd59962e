// Writes texts with a trained translator: many sources side by side, a beam of beginnings for each.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import {
  collectOutputs,
  type Engine,
  inputsOf,
  type Plan,
  type Program,
  type TensorData,
  type Tensors,
  type Translator,
} from '@rondo/rnn-core';
import type { WritingOptions } from '../task.ts';
import { Beam } from './beam.ts';
import { textEnd, textStart } from './text-code.ts';

/**
 * The symbols that are written for every example of a plan with the column `source`.
 * @param weights of the model, by name.
 */
export async function writeSymbols(
  engine: Engine,
  model: Translator,
  weights: Tensors,
  plan: ExamplePlan,
  { beam, lengthPenalty, onShare }: WritingOptions,
): Promise<(readonly number[])[]> {
  const { batch, columns, extents, bucketOf } = plan;
  const batches = exampleValidation(plan);
  const written: (readonly number[])[] = Array(bucketOf.length);
  let programs: Programs | undefined;
  for (let step = 0; step < batches.steps; step++) {
    const { source } = extents[batches.shape(step)];
    if (programs?.source !== source) {
      programs?.dispose();
      programs = await compile(engine, model, { source, batch, beam }, weights);
    }
    const examples = batches.examples(step, 0);
    const beams = Array.from(
      examples,
      (example) =>
        new Beam({ beam, lengthPenalty, end: textEnd, longest: longestFor(columns.source.lengths[example]) }),
    );
    await search(programs, beams, batches.shard(step, 0), batch, beam);
    examples.forEach((example, i) => {
      written[example] = beams[i].symbols;
    });
    onShare?.((step + 1) / batches.steps);
  }
  programs?.dispose();
  return written;
}

/** Of a text that does not end by itself; from its own source alone, so that no other text changes it. */
function longestFor(source: number): number {
  return 2 * source + 20;
}

interface Programs {
  /** Steps of the longest source. */
  readonly source: number;
  encode(inputs: Tensors): Promise<Tensors>;
  /** With a lane for every beginning of every source. */
  step(inputs: Tensors): Promise<Tensors>;
  readonly states: readonly string[];
  dispose(): void;
}

async function compile(
  engine: Engine,
  model: Translator,
  { source, batch, beam }: { readonly source: number; readonly batch: number; readonly beam: number },
  weights: Tensors,
): Promise<Programs> {
  const [encode, step] = [model.encode({ batch, source }), model.step({ batch: batch * beam, source })];
  const plans: Plan[] = [];
  const runner = async (program: Program) => {
    const plan = await engine.compile(program);
    plans.push(plan);
    let first = Object.fromEntries(inputsOf(program, 'weight').map(({ name }) => [name, weights[name]]));
    return (inputs: Tensors) => {
      const given = { ...first, ...inputs };
      first = {};
      return collectOutputs(plan, given);
    };
  };
  return {
    source,
    encode: await runner(encode),
    step: await runner(step),
    states: model.states,
    dispose() {
      for (const plan of plans) plan.dispose();
    },
  };
}

/** Extends the beams of a batch's examples until all are done. */
async function search(
  programs: Programs,
  beams: readonly Beam[],
  shard: Tensors,
  batch: number,
  beam: number,
): Promise<void> {
  const lanes = batch * beam;
  const encoded = await programs.encode(shard);
  const toLanes = Int32Array.from({ length: lanes }, (_, lane) => Math.floor(lane / beam));
  const memory: Record<string, TensorData> = {};
  if (encoded.keys !== undefined) {
    memory.keys = gather(encoded.keys, batch, toLanes, programs.source);
    memory.values = gather(encoded.values, batch, toLanes, programs.source);
    memory.sourceLengths = gather(shard.sourceLengths, batch, toLanes);
  }
  let states: Tensors = Object.fromEntries(
    programs.states.map((name) => [name, gather(encoded[name], batch, toLanes)]),
  );
  while (beams.some(({ live }) => live.length > 0)) {
    const target = new Int32Array(lanes).fill(textEnd);
    const parents = Int32Array.from({ length: lanes }, (_, lane) => lane);
    beams.forEach(({ live }, example) => {
      live.forEach(({ symbols, parent }, i) => {
        target[example * beam + i] = symbols.at(-1) ?? textStart;
        parents[example * beam + i] = example * beam + parent;
      });
    });
    const moved = Object.entries(states).map(([name, data]) => [name, gather(data, lanes, parents)] as const);
    const { logits, ...next } = await programs.step({ ...memory, ...Object.fromEntries(moved), target });
    states = next;
    const symbols = logits.length / lanes;
    beams.forEach((one, example) => {
      one.extend((i) => logits.subarray((example * beam + i) * symbols, (example * beam + i + 1) * symbols));
    });
  }
}

/** The rows of [T, lanes, F], T being 1 where it is left out, that these lanes have: [T, from.length, F]. */
function gather(data: TensorData, lanes: number, from: Int32Array, time = 1): TensorData {
  const width = data.length / lanes / time;
  const size = time * from.length * width;
  const result = data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
  for (let t = 0; t < time; t++) {
    from.forEach((lane, to) => {
      const start = (t * lanes + lane) * width;
      result.set(data.subarray(start, start + width), (t * from.length + to) * width);
    });
  }
  return result;
}
