// A language model that a run trained: it writes text, tells how well it knows other text, and reads symbol by symbol.

import { DataFault, parseVocabulary, readText, type Vocabulary } from '@rondo/data';
import type { Engine } from '@rondo/rnn-core';
import type { JobOf } from '@rondo/spec';
import { languageModelOf, unitName } from '@rondo/tasks';
import { CompiledModel } from './compiled-model.ts';
import { type Evaluation, evaluateText } from './evaluate-text.ts';
import { type GenerationOptions, generateText } from './generate-text.ts';
import { createLanguageStream, type LanguageStream } from './language-stream.ts';
import { filesOf, type ReadOptions, type Run } from './run.ts';
import type { StoredRun } from './stored-run.ts';
import { encodeFrom, type WeightedModel } from './weighted-model.ts';

export interface TextEvaluation extends Evaluation {
  readonly unit: Vocabulary['unit'];
  /** Of words: how many of the targets the run does not know. */
  readonly unknown: number | undefined;
  /** Of byte-pair units, which other models cut otherwise: what the text costs over its characters, to compare by. */
  readonly bitsPerCharacter?: number;
  readonly characters?: number;
}

export interface LanguageRun extends Run, Omit<WeightedModel, 'weights'> {
  readonly task: 'language-model';
  readonly job: JobOf<'language-model'>;
  /**
   * The loss on other text.
   * @param files a name or a glob, or several, joined in the order of their names.
   * @throws DataFault when a file cannot be read, is too short or has a symbol that the run does not know.
   */
  evaluate(files: string | readonly string[], options?: ReadOptions): Promise<TextEvaluation>;
  /**
   * Writes text; the reference engine computes it, so that it is the same on every machine.
   * @param onText takes the text's pieces as they come.
   * @returns the text after the prompt.
   * @throws DataFault unknown-symbol when the vocabulary lacks a symbol of the prompt.
   */
  generate(options?: Partial<GenerationOptions>, onText?: (piece: string) => void): Promise<string>;
  /** Any number of them may be read side by side. */
  stream(): LanguageStream;
}

const defaults: GenerationOptions = { prompt: '', length: 200, temperature: 0.8, seed: 0 };

export function languageRun(
  { job, preparation, trained, weights, ...stored }: StoredRun & { readonly job: JobOf<'language-model'> },
  open: () => Promise<Engine>,
): LanguageRun {
  const vocabulary = parseVocabulary(JSON.stringify(preparation));
  const model = languageModelOf(job.model, vocabulary.size);
  const compiled = new CompiledModel(trained.model, weights, open);
  const weighted = { model, vocabulary, weights };
  return {
    ...stored,
    ...weighted,
    task: job.task,
    job,
    preparation,
    trained,
    engine: () => compiled.engine(),
    async evaluate(files, { base = process.cwd(), onShare } = {}) {
      const patterns = filesOf(files);
      const { text } = await readText(patterns, base, { unit: vocabulary.unit });
      const tokens = encodeFrom(patterns.join(', '), vocabulary, text);
      const { unit } = vocabulary;
      if (tokens.length < 2) {
        const called = unitName(unit);
        const has = tokens.length === 1 ? `1 ${called}` : `no ${called}`;
        throw new DataFault('text-too-short', `${patterns.join(', ')} has ${has}; the second is the first to predict`);
      }
      const { sequence } = job.training;
      const result = await compiled.inTurn((engine) => evaluateText(weighted, engine, tokens, sequence, onShare));
      // Number 0 is <unk>; the first word is not predicted.
      const unknown = unit === 'word' ? tokens.subarray(1).filter((id) => id === 0).length : undefined;
      return { ...result, ...characterScores(vocabulary, tokens, result), unit, unknown };
    },
    generate: (options, onText) => generateText(weighted, { ...defaults, ...options }, onText),
    stream: () => createLanguageStream(weighted, compiled),
    dispose: () => compiled.dispose(),
  };
}

function characterScores(vocabulary: Vocabulary, tokens: Int32Array, { bits, targets }: Evaluation) {
  if (vocabulary.unit !== 'byte-pair') return {};
  const characters = Array.from(vocabulary.decode(tokens.subarray(1))).length;
  return { characters, bitsPerCharacter: (bits * targets) / characters };
}
