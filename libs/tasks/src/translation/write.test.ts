// Writing carries states from step to step and from beginning to beginning: as if every beginning were read anew.

import { type ExamplePlan, integerColumn } from '@rondo/data';
import {
  collectOutputs,
  createReferenceEngine,
  type Tensors,
  type TranslatorOptions,
  translator,
} from '@rondo/rnn-core';
import { expect, test } from 'vitest';
import { planAsked } from '../example-plan.ts';
import { weightsOf } from '../testing/workbench.ts';
import { Beam } from './beam.ts';
import { textEnd, textStart } from './text-code.ts';
import { writeSymbols } from './write.ts';

const sources = [[3, 4, 2], [5, 2], [2], [4, 3, 3, 5, 2], [4, 2], [5, 5, 3, 2], [3, 2], [4, 5, 2], [3, 3, 2]];
const symbols = 7;
const engine = createReferenceEngine('float64');

const options = (attention: TranslatorOptions['attention']): TranslatorOptions => ({
  ...{ cell: { kind: 'lstm' }, layers: 2, hidden: 4, bidirectional: true, embedding: 3, attention },
  ...{ vocabularies: { source: 6, target: symbols }, dropout: 0.5, tied: false, smoothing: 0 },
});

/** Large ones without biases, so that what follows depends on all that stands before it; a text hardly ends at once. */
function wild(weights: Tensors): Tensors {
  const larger = Object.fromEntries(
    Object.entries(weights).map(([name, data]) => [name, data.map((value) => (name.includes('bias') ? 0 : 6 * value))]),
  );
  larger['output.bias'][textEnd] = -1;
  return larger;
}

/** Each source alone, every beginning from its first symbol, without any state. */
async function writtenAnew(model: ReturnType<typeof translator>, weights: Tensors, source: readonly number[]) {
  const beam = new Beam({ beam: 3, lengthPenalty: 0.5, end: textEnd, longest: 2 * source.length + 20 });
  while (beam.live.length > 0) {
    const rows: Tensors[string][] = [];
    for (const beginning of beam.live) {
      const target = Int32Array.of(textStart, ...beginning.symbols);
      const shape = { batch: 1, extents: { source: source.length, target: target.length } };
      const given = { source: Int32Array.from(source), sourceLengths: Int32Array.of(source.length), target };
      const { logits } = await collectOutputs(await engine.compile(model.prediction(shape)), { ...weights, ...given });
      rows.push(logits.subarray(-symbols));
    }
    beam.extend((i) => rows[i]);
  }
  return beam.symbols;
}

test.each(['general', 'additive', 'none'] as const)('attention: %s', async (attention) => {
  const model = translator(options(attention));
  const weights = wild(weightsOf(model));
  const plan: ExamplePlan = planAsked(
    { source: integerColumn(sources) },
    {
      axes: { source: 'source' },
      feeds: [
        { input: 'source', as: 'sequence', column: 'source', axis: 'source', padding: 0 },
        { input: 'sourceLengths', as: 'lengths', column: 'source' },
      ],
    },
  );
  const shares: number[] = [];
  const written = await writeSymbols(
    engine,
    model,
    weights,
    { ...plan, batch: 3 },
    {
      ...{ beam: 3, lengthPenalty: 0.5, onShare: (share: number) => shares.push(share) },
    },
  );
  expect(shares.at(-1)).toBe(1);
  for (const [i, source] of sources.entries()) expect(written[i]).toEqual(await writtenAnew(model, weights, source));
  expect(new Set(written.map(String)).size).toBeGreaterThan(1);
});
