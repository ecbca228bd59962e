// Schemes of tags that mark spans: whether tags follow one, and IOB1 written as BIO.

/**
 * `BIO` (IOB2): every span begins with B-. `IOB1`: with I-, and with B- only where it touches one of its type. `BIOES`: spans end
 * with E-, and those of one token are S-. `plain`: labels of tokens, nothing is checked.
 */
export type TagScheme = 'BIO' | 'IOB1' | 'BIOES' | 'plain';

export interface TagFault {
  /** Of the tag, from 0. */
  readonly index: number;
  readonly message: string;
}

/** A sentence's tags as BIO, BIOES or plain labels, or the first that its scheme does not have there. */
export function normalizeTags(
  tags: readonly string[],
  scheme: TagScheme,
): { readonly tags: readonly string[] } | { readonly fault: TagFault } {
  if (scheme === 'plain') return { tags };
  const places = scheme === 'BIOES' ? /^(?:O|[BIES]-.+)$/su : /^(?:O|[BI]-.+)$/su;
  const index = tags.findIndex((tag) => !places.test(tag));
  if (index !== -1) {
    const forms = scheme === 'BIOES' ? 'O, B-, I-, E- or S-' : 'O, B- or I-';
    return {
      fault: { index, message: `tag ${JSON.stringify(tags[index])} is not of ${scheme}: ${forms} with a type` },
    };
  }
  if (scheme === 'IOB1') return { tags: fromIob1(tags) };
  const fault = scheme === 'BIO' ? faultOfBio(tags) : faultOfBioes(tags);
  return fault === undefined ? { tags } : { fault };
}

const typeOf = (tag: string) => tag.slice(2);
const continues = (before: string, tag: string) => before !== 'O' && typeOf(before) === typeOf(tag);

function fromIob1(tags: readonly string[]): string[] {
  return tags.map((tag, i) => (tag.startsWith('I-') && !continues(tags[i - 1] ?? 'O', tag) ? `B-${typeOf(tag)}` : tag));
}

function faultOfBio(tags: readonly string[]): TagFault | undefined {
  const index = tags.findIndex((tag, i) => tag.startsWith('I-') && !continues(tags[i - 1] ?? 'O', tag));
  if (index === -1) return undefined;
  const message = `tag ${tags[index]} goes on with a span, but ${before(tags, index)}; write B-${typeOf(tags[index])}, or read the tags as IOB1`;
  return { index, message };
}

/** An open span, of B- or I-, goes on with I- or E- of its type, and nothing else does. */
function faultOfBioes(tags: readonly string[]): TagFault | undefined {
  for (const [index, tag] of [...tags, 'O'].entries()) {
    const previous = tags[index - 1] ?? 'O';
    const isOpen = previous.startsWith('B-') || previous.startsWith('I-');
    const goesOn = tag.startsWith('I-') || tag.startsWith('E-');
    if (isOpen ? goesOn && continues(previous, tag) : !goesOn) continue;
    if (!isOpen) {
      return { index, message: `tag ${tag} goes on with a span, but ${before(tags, index)}; begin it with B- or S-` };
    }
    const after = index === tags.length ? 'the sentence ends' : `${tag} follows`;
    return {
      index: index - 1,
      message: `tag ${previous} leaves a span open, but ${after}; end it with E-, or write S-`,
    };
  }
  return undefined;
}

function before(tags: readonly string[], index: number): string {
  return index === 0 ? 'it is the first of its sentence' : `${tags[index - 1]} stands before it`;
}
