// The task `tagging`: a tag for every word of a sentence, such as the entities in it or the roles of a predicate.

import {
  type Columns,
  compareCodePoints,
  DataFault,
  integerColumn,
  parseTokenVocabulary,
  type TokenVocabulary,
  tokenVocabulary,
} from '@rondo/data';
import { type Model, tagger } from '@rondo/rnn-core';
import type { TaggingData, TaggingJob } from '@rondo/spec';
import { bestTags, tagScorer } from './best-tags.ts';
import {
  type Layout,
  type Parts,
  partsOf,
  planAsked,
  planParts,
  type Split,
  splitOf,
  trainedOf,
} from './example-plan.ts';
import { givenSentences } from './given-sentences.ts';
import { stackOf } from './language-model.ts';
import { outside, readSentences, type Sentence } from './tagged-sentences.ts';
import type { JobPlace, Preparation, Task, TrainedExamples, UnjudgedExamples } from './task.ts';

/** Read for words and characters that the training part does not have. */
const unknown = '<unk>';

/** A conditional random field knows every pair of tags: more are a wrong column. */
const mostTags = 1000;

/** What is learnt from the training data beside the weights. */
interface Learnt {
  readonly words: TokenVocabulary;
  /** Absent where the model reads none. */
  readonly characters: TokenVocabulary | undefined;
  /** O first where there is one, the others by code point. */
  readonly tags: readonly string[];
}

export const taggingTask: Task<'tagging'> = {
  async read(job, place) {
    const { learnt, parts, names } = await learn(job, place);
    const { words, characters, tags } = learnt;
    const plans = planParts(parts, layoutOf(job, true), job);
    const strangers = names.length - tags.length;
    return {
      ...plans,
      model: modelOf(job, learnt),
      preparation: { words: words.toJSON(), characters: characters?.toJSON(), tags },
      facts: [
        `${tags.length} tags`,
        `${words.size} words`,
        ...(characters === undefined ? [] : [`${characters.size} characters`]),
        ...plans.facts,
        ...(strangers === 0 ? [] : [`${strangers} tags to validate with that training lacks: they count as missed`]),
      ],
      scorer: (plan) => tagScorer(plan, { names, count: tags.length, spans: marksSpans(job.data) }),
    };
  },
  restore(job, preparation) {
    const learnt = parseLearnt(job, preparation);
    return { model: modelOf(job, learnt), examples: askedOf(job, learnt) };
  },
};

/** @throws DataFault vocabulary-invalid. */
function parseLearnt({ model }: TaggingJob, { words, characters, tags }: Preparation): Learnt {
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    throw new DataFault('vocabulary-invalid', 'tags are missing; restore preparation.json');
  }
  const parsed = (json: unknown) => parseTokenVocabulary(JSON.stringify(json) ?? 'null');
  return { words: parsed(words), characters: model.characters && parsed(characters), tags };
}

function askedOf(job: TaggingJob, learnt: Learnt): TrainedExamples {
  const { data } = job;
  const { tags } = learnt;
  const filesOf = (patterns: readonly string[], tagged: boolean) => ({ patterns, field: '--data', tagged });
  return {
    async judged({ patterns }, place) {
      const sentences = await readSentences(data, filesOf(patterns, true), place);
      const names = namesOf(learnt, sentences);
      const plan = planAsked(columnsOf(job, sentences, learnt, names), layoutOf(job, true));
      return { plan, scorer: tagScorer(plan, { names, count: tags.length, spans: marksSpans(data) }) };
    },
    async unjudged({ patterns }, place) {
      return asked(job, await readSentences(data, filesOf(patterns, false), place), learnt);
    },
    given: (examples) => asked(job, givenSentences(examples, data.format), learnt),
  };
}

function asked(job: TaggingJob, sentences: readonly Sentence[], learnt: Learnt): UnjudgedExamples {
  const { tags } = learnt;
  return {
    plan: planAsked(columnsOf(job, sentences, learnt, tags), layoutOf(job, false)),
    prediction(results, lane, lanes, example) {
      const { tokens, predicate } = sentences[example];
      const best = bestTags(results, tags.length, { lane, lanes, length: tokens.length });
      return { tokens, ...(predicate !== undefined && { predicate }), tags: Array.from(best, (tag) => tags[tag]) };
    },
  };
}

const marksSpans = ({ format, scheme }: TaggingData) => format === 'columns' && scheme !== 'plain';

interface Content {
  readonly learnt: Learnt;
  readonly parts: Parts;
  /** The tags learnt, and behind them those that the files to validate with have beside them. */
  readonly names: readonly string[];
}

/** Reads the files; words and characters come from what is trained on, tags from a held-out share too. */
async function learn(job: TaggingJob, place: JobPlace): Promise<Content> {
  const { data } = job;
  const files = (patterns: readonly string[], field: string) =>
    readSentences(data, { patterns, field: `spec.data.${field}`, tagged: true }, place);
  const train = await files(data.train, 'train');
  const validate = data.validate && (await files(data.validate, 'validate'));
  const split = validate === undefined ? splitOfGroups(train, job) : undefined;
  const learnt = { ...vocabularies(job, trainedOf(train, split)), tags: tagsOf(train) };
  const names = namesOf(learnt, validate ?? []);
  const columns = (sentences: readonly Sentence[]) => columnsOf(job, sentences, learnt, names);
  return { learnt, names, parts: partsOf(columns(train), split, validate && columns(validate)) };
}

/** A sentence's predicates are all trained on, or none of them. */
function splitOfGroups(sentences: readonly Sentence[], { data, seed }: TaggingJob): Split {
  const groups = [...new Set(sentences.map(({ group }) => group))];
  const { training, validation } = splitOf(groups.length, data, seed);
  const membersOf = (numbers: Int32Array) => {
    const members = new Set(Array.from(numbers, (i) => groups[i]));
    return Int32Array.from(sentences.keys()).filter((i) => members.has(sentences[i].group));
  };
  return { training: membersOf(training), validation: membersOf(validation) };
}

/** Of each sentence once, however many predicates it has. */
function vocabularies(
  { data, model }: TaggingJob,
  sentences: readonly Sentence[],
): Pick<Learnt, 'words' | 'characters'> {
  const different = sentences.filter(({ group }, i) => group !== sentences[i - 1]?.group);
  const words = different.map(({ tokens }) => tokens.map((token) => wordOf(token, data)));
  const options = { specials: [unknown] };
  return {
    words: tokenVocabulary(words, { ...options, minCount: data.minCount }),
    characters:
      model.characters &&
      tokenVocabulary(
        different.flatMap(({ tokens }) => tokens.map(charactersOf)),
        options,
      ),
  };
}

function wordOf(token: string, { lowercase, zeroDigits }: TaggingData): string {
  const word = lowercase ? token.toLowerCase() : token;
  return zeroDigits ? word.replaceAll(/\p{Nd}/gu, '0') : word;
}

const charactersOf = (token: string) => Array.from(token);

/** @throws DataFault data-tags for too many. */
function tagsOf(sentences: readonly Sentence[]): string[] {
  const tags = new Set(sentences.flatMap((sentence) => sentence.tags));
  const hasOutside = tags.delete(outside);
  const all = [...(hasOutside ? [outside] : []), ...[...tags].sort(compareCodePoints)];
  if (all.length <= mostTags) return all;
  const message = `${all.length} different tags, of ${mostTags} at most; name the column of the tags`;
  throw new DataFault('data-tags', message, 'spec.data.tag');
}

function namesOf({ tags }: Learnt, sentences: readonly Sentence[]): string[] {
  return [...new Set([...tags, ...sentences.flatMap((sentence) => sentence.tags)])];
}

/** @param names of the tags, in the order of their numbers; those behind the learnt ones have the target of the first. */
function columnsOf(
  { data, model }: TaggingJob,
  sentences: readonly Sentence[],
  { words, characters, tags }: Learnt,
  names: readonly string[],
): Columns {
  const numberOf = new Map(names.map((name, number) => [name, number]));
  const gold = sentences.map((sentence) => sentence.tags.map((tag) => numberOf.get(tag) as number));
  return {
    words: integerColumn(sentences.map(({ tokens }) => words.encode(tokens.map((token) => wordOf(token, data))))),
    gold: integerColumn(gold),
    targets: integerColumn(gold.map((numbers) => numbers.map((number) => (number < tags.length ? number : 0)))),
    ...(characters && characterColumns(sentences, characters, model.characters?.longest as number)),
    ...(data.format === 'roles' && {
      marks: integerColumn(sentences.map(({ tokens, predicate }) => tokens.map((_, i) => (i === predicate ? 1 : 0)))),
    }),
  };
}

/** The first characters of every word side by side, filled up with 0, and how many there are. */
function characterColumns(sentences: readonly Sentence[], characters: TokenVocabulary, longest: number): Columns {
  const read = sentences.map(({ tokens }) => tokens.map((token) => charactersOf(token).slice(0, longest)));
  const across = (words: readonly string[][]) => {
    const row = new Int32Array(words.length * longest);
    words.forEach((word, i) => {
      row.set(characters.encode(word), i * longest);
    });
    return row;
  };
  return {
    characters: integerColumn(read.map(across), longest),
    wordLengths: integerColumn(read.map((words) => words.map(({ length }) => length))),
  };
}

/** @param judged whether there are tags. */
function layoutOf({ data, model }: TaggingJob, judged: boolean): Layout {
  const perWord = (input: string, padding: number) =>
    ({ input, as: 'sequence', column: input, axis: 'time', padding }) as const;
  return {
    axes: { time: 'words' },
    feeds: [
      perWord('words', 0),
      { input: 'lengths', as: 'lengths', column: 'words' },
      ...(model.characters === undefined
        ? []
        : [{ ...perWord('characters', 0), as: 'inner' } as const, perWord('wordLengths', 0)]),
      ...(data.format === 'roles' ? [perWord('marks', 0)] : []),
      ...(judged ? [perWord('targets', -1)] : []),
    ],
  };
}

function modelOf({ model }: TaggingJob, { words, characters, tags }: Learnt): Model {
  const { bidirectional, embedding, mark, output, dropout, variational } = model;
  return tagger({
    ...stackOf(model),
    ...{ bidirectional, embedding, mark, output, dropout, variational },
    words: words.size,
    tags: tags.length,
    characters: model.characters && { ...model.characters, symbols: (characters as TokenVocabulary).size },
  });
}
