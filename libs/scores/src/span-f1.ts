// F1 over the spans that tags mark, counted as conlleval does: named entities, chunks, arguments.

import { checkPairs } from './checks.ts';

export interface SpanScore {
  /** 0 to 1; 0 where nothing was found, or nothing is there. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Spans in the gold tags, in the predicted tags, and in both alike. */
  readonly gold: number;
  readonly predicted: number;
  readonly correct: number;
}

export interface SpanScores extends SpanScore {
  /** Types in the order of their UTF-16 units. */
  readonly byType: Readonly<Record<string, SpanScore>>;
}

/**
 * Micro-averaged span precision, recall and F1, overall and by type (Tjong Kim Sang and Buchholz 2000,
 * doi:10.3115/1117601.1117631, and its program conlleval). A span is correct when first token, last token and type are. Tags
 * are O, or B, I, E or S with a type after a hyphen; IOB1, IOB2 and BIOES are read by the same rules, and so are tags that follow none:
 * an I- after O or after another type begins a span.
 * @param gold a list of tags a sentence. @param predicted the same shape.
 * @throws Error when lengths differ, nothing is there, or a tag is of another form.
 */
export function spanF1(gold: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): SpanScores {
  return countSpans(gold, predicted, spansOf);
}

/**
 * The same for labels of single tokens, such as the roles of syntactic heads: every token whose label is not O is a span of
 * its own, and its whole label is the type.
 */
export function labelF1(gold: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): SpanScores {
  return countSpans(gold, predicted, (labels) =>
    labels.flatMap((type, i) => (type === 'O' ? [] : [{ type, first: i, last: i }])),
  );
}

export interface Span {
  readonly type: string;
  /** Index of the first and of the last token. */
  readonly first: number;
  readonly last: number;
}

/** The spans that a sentence's tags mark, in order. @throws Error for a tag of another form. */
export function spansOf(tags: readonly string[]): Span[] {
  const spans: Span[] = [];
  let open: { type: string; first: number } | undefined;
  let before = outside;
  for (const [i, text] of tags.entries()) {
    const tag = parseTag(text);
    if (open !== undefined && endsBetween(before, tag)) {
      spans.push({ ...open, last: i - 1 });
      open = undefined;
    }
    if (startsBetween(before, tag)) open = { type: tag.type, first: i };
    before = tag;
  }
  if (open !== undefined) spans.push({ ...open, last: tags.length - 1 });
  return spans;
}

interface Tag {
  readonly place: 'O' | 'B' | 'I' | 'E' | 'S';
  readonly type: string;
}

const outside: Tag = { place: 'O', type: '' };

function parseTag(text: string): Tag {
  if (text === 'O') return outside;
  const [, place, type] = /^([BIES])(?:-(.+))?$/su.exec(text) ?? [];
  if (place === undefined) {
    throw new Error(`spanF1: tag ${JSON.stringify(text)} is neither O nor B, I, E or S with a type, as in B-person`);
  }
  return { place: place as Tag['place'], type: type ?? '' };
}

/** Whether a span that covers the token before ends there. */
function endsBetween(before: Tag, tag: Tag): boolean {
  if (before.place === 'E' || before.place === 'S') return true;
  return tag.place === 'O' || tag.place === 'B' || tag.place === 'S' || tag.type !== before.type;
}

/** Whether a span starts with this token. */
function startsBetween(before: Tag, tag: Tag): boolean {
  if (tag.place === 'O') return false;
  if (tag.place === 'B' || tag.place === 'S') return true;
  return before.place === 'O' || before.place === 'E' || before.place === 'S' || tag.type !== before.type;
}

interface Counts {
  gold: number;
  predicted: number;
  correct: number;
}

function countSpans(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
  spans: (tags: readonly string[]) => Span[],
): SpanScores {
  checkPairs('spanF1, sentences', gold, predicted);
  const byType = new Map<string, Counts>();
  const countsOf = (type: string) => {
    const counts = byType.get(type) ?? { gold: 0, predicted: 0, correct: 0 };
    byType.set(type, counts);
    return counts;
  };
  for (const [i, tags] of gold.entries()) {
    if (tags.length !== predicted[i].length) {
      throw new Error(`spanF1: sentence ${i} has ${tags.length} gold tags and ${predicted[i].length} predicted ones`);
    }
    // Spans of one sentence do not overlap, so that the first token names one.
    const wanted = new Map(spans(tags).map((span) => [span.first, span]));
    for (const { type } of wanted.values()) countsOf(type).gold++;
    for (const { type, first, last } of spans(predicted[i])) {
      const counts = countsOf(type);
      const span = wanted.get(first);
      counts.predicted++;
      if (span?.last === last && span.type === type) counts.correct++;
    }
  }
  const types = [...byType].sort(([a], [b]) => (a < b ? -1 : 1));
  const all = types.reduce(
    (sum, [, { gold, predicted, correct }]) => ({
      gold: sum.gold + gold,
      predicted: sum.predicted + predicted,
      correct: sum.correct + correct,
    }),
    { gold: 0, predicted: 0, correct: 0 },
  );
  return { ...scoreOf(all), byType: Object.fromEntries(types.map(([type, counts]) => [type, scoreOf(counts)])) };
}

function scoreOf({ gold, predicted, correct }: Counts): SpanScore {
  const precision = predicted === 0 ? 0 : correct / predicted;
  const recall = gold === 0 ? 0 : correct / gold;
  const f1 = correct === 0 ? 0 : (2 * correct) / (gold + predicted);
  return { precision, recall, f1, gold, predicted, correct };
}
