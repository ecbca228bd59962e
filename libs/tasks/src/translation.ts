// The task `translation`: another text for a text, written symbol by symbol.

import { type Column, type Columns, integerColumn } from '@rondo/data';
import { type Translator, translator } from '@rondo/rnn-core';
import { bleu, chrf } from '@rondo/scores';
import type { TranslationData, TranslationJob } from '@rondo/spec';
import { type Layout, type Parts, partsOf, planAsked, planParts, splitOf, trainedOf } from './example-plan.ts';
import { stackOf } from './language-model.ts';
import { unitName } from './loss-unit.ts';
import type { ExampleFiles, JobPlace, Task, TrainedWriter } from './task.ts';
import { codesToJson, learnCodes, type PairCodes, parseCodes, textEnd, textStart } from './translation/text-code.ts';
import { readSources, readTextPairs, type TextFiles, type TextPairs } from './translation/text-pairs.ts';
import { writeSymbols } from './translation/write.ts';

export const translationTask: Task<'translation'> = {
  async read(job, place) {
    const { codes, parts } = await learn(job, place);
    const plans = planParts(parts, layout, job);
    return {
      ...plans,
      model: modelOf(job, codes),
      preparation: codesToJson(codes),
      facts: [...vocabularyFacts(job, codes), ...plans.facts],
    };
  },
  restore(job, preparation) {
    const codes = parseCodes(job.data, preparation);
    const model = modelOf(job, codes);
    return { model, writer: writerOf(job, codes, model) };
  },
};

function writerOf({ data }: TranslationJob, codes: PairCodes, model: Translator): TrainedWriter {
  const filesOf = ({ patterns, labels }: ExampleFiles): TextFiles => ({
    ...{ patterns, targets: labels, field: '--data', targetsField: '--labels' },
  });
  return {
    sources: (files, place) => readSources(data, filesOf(files), place),
    pairs: (files, place) => readTextPairs(data, filesOf(files), place),
    async write(engine, weights, sources, options) {
      if (sources.length === 0) return [];
      const plan = planAsked({ source: sourceColumn(sources, codes) }, sourceLayout);
      const written = await writeSymbols(engine, model, weights, plan, options);
      return written.map((symbols) => codes.target.decode(symbols));
    },
    scores: (texts, references) => ({ bleu: bleu(texts, references).score, chrf: chrf(texts, references) }),
  };
}

function vocabularyFacts({ data: { unit } }: TranslationJob, { source, target }: PairCodes): string[] {
  const units = `${unitName(unit)}s`;
  return source === target ? [`${source.size} ${units}`] : [`${source.size} ${units} to read, ${target.size} to write`];
}

/** Reads the files; symbols come from what is trained on. */
async function learn({ data, seed }: TranslationJob, place: JobPlace): Promise<{ codes: PairCodes; parts: Parts }> {
  const train = await readTextPairs(data, trainingFiles(data), place);
  const files = validationFiles(data);
  const validate = files && (await readTextPairs(data, files, place));
  const split = validate === undefined ? splitOf(train.sources.length, data, seed) : undefined;
  const codes = learnCodes(data, {
    sources: trainedOf(train.sources, split),
    references: trainedOf(train.references, split),
  });
  return { codes, parts: partsOf(columnsOf(train, codes), split, validate && columnsOf(validate, codes)) };
}

function trainingFiles({ train, targets }: TranslationData): TextFiles {
  return { patterns: train, targets, field: 'spec.data.train', targetsField: 'spec.data.targets' };
}

/** Undefined where a share of the training files validates. */
function validationFiles({ validate, validateTargets }: TranslationData): TextFiles | undefined {
  if (validate === undefined) return undefined;
  return {
    patterns: validate,
    targets: validateTargets,
    field: 'spec.data.validate',
    targetsField: 'spec.data.validateTargets',
  };
}

/** `source` with its end, `target` from the start to the last symbol, `next` from the first symbol to the end. */
function columnsOf({ sources, references }: TextPairs, codes: PairCodes): Columns {
  const whole = integerColumn(references.map((text) => [textStart, ...codes.target.encode(text), textEnd]));
  const lengths = whole.lengths.map((length) => length - 1);
  return {
    source: sourceColumn(sources, codes),
    target: { ...whole, lengths },
    next: { ...whole, starts: whole.starts.map((start) => start + 1), lengths },
  };
}

/** A source is never empty: it has its end. */
function sourceColumn(sources: readonly string[], codes: PairCodes): Column {
  return integerColumn(sources.map((text) => [...codes.source.encode(text), textEnd]));
}

const sourceLayout: Layout = {
  axes: { source: 'source' },
  feeds: [
    { input: 'source', as: 'sequence', column: 'source', axis: 'source', padding: textEnd },
    { input: 'sourceLengths', as: 'lengths', column: 'source' },
  ],
};

const layout: Layout = {
  axes: { ...sourceLayout.axes, target: 'target' },
  feeds: [
    ...sourceLayout.feeds,
    { input: 'target', as: 'sequence', column: 'target', axis: 'target', padding: textEnd },
    { input: 'targets', as: 'sequence', column: 'next', axis: 'target', padding: -1 },
  ],
};

function modelOf({ model, training }: TranslationJob, { source, target }: PairCodes): Translator {
  const { bidirectional, embedding, attention, dropout, variational, tied } = model;
  return translator({
    ...stackOf(model),
    ...{ bidirectional, embedding, attention, dropout, variational, tied },
    vocabularies: { source: source.size, target: target.size },
    smoothing: training.labelSmoothing,
  });
}
