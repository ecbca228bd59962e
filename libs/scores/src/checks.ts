// What every score asks of its input: lists of one length, with something in them.

/** @throws Error when the lengths differ or nothing is there: a score of nothing is not a number. */
export function checkPairs(score: string, first: ArrayLike<unknown>, second: ArrayLike<unknown>): void {
  if (first.length !== second.length) {
    throw new Error(`${score}: ${first.length} beside ${second.length}; both lists need the same length`);
  }
  if (first.length === 0) throw new Error(`${score}: both lists are empty; a score needs at least one example`);
}
