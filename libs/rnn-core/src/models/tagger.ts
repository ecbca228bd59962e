// The tagger: a recurrent stack over words, and a tag for every one of them by a softmax or a conditional random field.

import type { Tensor } from '../program/tensor.ts';
import { embeddingParameter, linearParameters, outputWidth, recurrentParameters } from './layers.ts';
import { defineModel, isUnjudged, type Model, type ModelTrace, type Outcome, type ShardShape } from './model.ts';
import type { Parameter } from './parameter.ts';
import { applyRecurrentStack, type RecurrentStack, readSequences } from './recurrent-stack.ts';

export interface Tagger extends RecurrentStack {
  readonly words: number;
  readonly embedding: number;
  readonly tags: number;
  /** Absent: words are known by their number alone. */
  readonly characters?: CharacterReader | undefined;
  /** Width of the embedding of a mark, 0 or 1, at every word (the predicate's, for its roles); absent: words have none. */
  readonly mark?: number | undefined;
  readonly output: 'crf' | 'softmax';
  /** Share dropped of what a word is read as, and after every layer, while training. */
  readonly dropout: number;
  /** One mask for all steps of a sequence (Gal and Ghahramani 2016). */
  readonly variational?: boolean | undefined;
}

/** A layer in both directions over the characters of a word; its final states stand for the word (Lample et al. 2016). */
export interface CharacterReader {
  readonly symbols: number;
  readonly embedding: number;
  readonly hidden: number;
  /** C: characters of a word at most. */
  readonly longest: number;
}

/**
 * Inputs beside the weights: `words` int32 [T, B], `lengths` int32 [B] (0: no sentence), `targets` int32 [T, B] (-1: does not
 * count; a crf does not read them past a length); with characters `characters` int32 [C, T, B] and `wordLengths` int32 [T, B]
 * (0: no word); with a mark `marks` int32 [T, B]. Results: `logits` [T, B, tags], and of a crf `transitions` [tags, tags],
 * `start` and `end` [tags], which its best path needs. The extent's axis is `time`.
 */
export function tagger(model: Tagger): Model {
  const parameters = [
    embeddingParameter('embedding', model.words, model.embedding),
    ...characterParameters(model),
    ...(model.mark === undefined ? [] : [embeddingParameter('mark', 2, model.mark)]),
    ...recurrentParameters('rnn', model, wordWidth(model)),
    ...linearParameters('output', outputWidth(model), model.tags),
    ...(model.output === 'crf' ? fieldParameters(model.tags) : []),
  ];
  // Whoever reads backwards too begins with the end, and so does the best path through a field.
  const continues = !model.bidirectional && model.output === 'softmax';
  const record = (trace: ModelTrace, { batch, extents: { time } }: ShardShape): Outcome => {
    const lengths = trace.input('batch', 'lengths', [batch], 'int32');
    const drop = (x: Tensor) => trace.dropout(x, model.dropout, model.variational);
    const { y } = readSequences(trace, model, drop(readWords(trace, model, time, batch)), lengths, drop);
    const logits = trace.linear('output', drop(y));
    const field = model.output === 'crf' ? fieldOf(trace) : undefined;
    const results = { logits, ...field };
    if (isUnjudged(trace.purpose)) return { results };
    const targets = trace.input('batch', 'targets', [time, batch], 'int32');
    const loss =
      field === undefined
        ? trace.apply('crossEntropy', { logits, targets }, { smoothing: 0 })
        : trace.apply('crf', { emissions: logits, ...field, targets, lengths }, {});
    return { loss, results };
  };
  return defineModel('tagger', parameters, record, { continues });
}

/** Features that a word is read as. */
function wordWidth({ embedding, characters, mark = 0 }: Tagger): number {
  return embedding + (characters === undefined ? 0 : 2 * characters.hidden) + mark;
}

function characterParameters({ cell, characters }: Tagger): Parameter[] {
  if (characters === undefined) return [];
  const { symbols, embedding } = characters;
  return [
    embeddingParameter('characters.embedding', symbols, embedding),
    ...recurrentParameters('characters.rnn', characterStack(cell, characters), embedding),
  ];
}

function characterStack(cell: RecurrentStack['cell'], { hidden }: CharacterReader): RecurrentStack {
  return { cell, layers: 1, hidden, bidirectional: true };
}

/** What a conditional random field knows of neighbouring tags, in small first values as pytorch-crf draws them. */
function fieldParameters(tags: number): Parameter[] {
  const initial = { kind: 'uniform', bound: 0.1 } as const;
  return [
    { name: 'crf.transitions', shape: [tags, tags], initial },
    { name: 'crf.start', shape: [tags], initial },
    { name: 'crf.end', shape: [tags], initial },
  ];
}

function fieldOf(trace: ModelTrace): { transitions: Tensor; start: Tensor; end: Tensor } {
  return {
    transitions: trace.weight('crf.transitions'),
    start: trace.weight('crf.start'),
    end: trace.weight('crf.end'),
  };
}

/** Every word's embedding, with those of its characters and of its mark behind it: [T, B, features]. */
function readWords(trace: ModelTrace, { cell, characters, mark }: Tagger, time: number, batch: number): Tensor {
  const embedded = (name: string, table: string) => {
    const ids = trace.input('batch', name, [time, batch], 'int32');
    return trace.apply('embedding', { table: trace.weight(`${table}.weight`), ids }, {}).y;
  };
  const parts = [embedded('words', 'embedding')];
  if (characters !== undefined) parts.push(readCharacters(trace, cell, characters, time, batch));
  if (mark !== undefined) parts.push(embedded('marks', 'mark'));
  return parts.reduce((a, b) => trace.apply('concat', { a, b }, {}).y);
}

/** The final states of both directions over each word's characters, all words of the shard side by side: [T, B, 2 H]. */
function readCharacters(
  trace: ModelTrace,
  cell: RecurrentStack['cell'],
  characters: CharacterReader,
  time: number,
  batch: number,
): Tensor {
  const { hidden, longest } = characters;
  const words = time * batch;
  const ids = trace.input('batch', 'characters', [longest, words], 'int32');
  const lengths = trace.input('batch', 'wordLengths', [words], 'int32');
  const { final } = applyRecurrentStack(trace, characterStack(cell, characters), {
    x: trace.apply('embedding', { table: trace.weight('characters.embedding.weight'), ids }, {}).y,
    lengths,
    weight: (name) => trace.weight(`characters.rnn.${name}`),
    state: () => trace.zeros(words, hidden),
  });
  const [a, b] = [final.get('h_l0') as Tensor, final.get('h_l0_reverse') as Tensor];
  return trace.apply('reshape', { x: trace.apply('concat', { a, b }, {}).y }, { shape: [time, batch, 2 * hidden] }).y;
}
