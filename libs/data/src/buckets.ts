// Which shapes batches come in: sequences of like length share one, so that little is padded.

/** Time steps by axis, such as `source` and `target`. */
export type Extents = Readonly<Record<string, number>>;

export interface Buckets {
  readonly extents: readonly Extents[];
  /** The bucket of every example. */
  readonly bucketOf: Uint8Array;
}

/** Cuts are looked for at this many places at most. */
const mostCuts = 256;

/**
 * Cuts the examples, in the order of their total length, into at most `most` runs such that the places that padding takes are
 * fewest (dynamic programming over the cuts). Every run has `least` examples or more, so that few batches stay half empty.
 * @param lengths of every example by axis, at least one example.
 */
export function chooseBuckets(lengths: Readonly<Record<string, Int32Array>>, most: number, least: number): Buckets {
  const axes = Object.values(lengths);
  const count = axes[0].length;
  const total = Int32Array.from({ length: count }, (_, i) => axes.reduce((sum, axis) => sum + axis[i], 0));
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => total[a] - total[b] || a - b);
  const cuts = possibleCuts(total, order);
  const ends = bestEnds(
    cuts.map((from, i) => segmentCosts(axes, order, cuts, from, i)),
    cuts,
    most,
    least,
  );
  const bucketOf = new Uint8Array(count);
  const extents = ends.map((end, bucket) => {
    const members = order.subarray(ends[bucket - 1] ?? 0, end);
    for (const example of members) bucketOf[example] = bucket;
    return Object.fromEntries(Object.entries(lengths).map(([name, axis]) => [name, longest(axis, members)]));
  });
  return { extents, bucketOf };
}

/** At least 1: a tensor has no empty axis. */
function longest(axis: Int32Array, members: Int32Array): number {
  return members.reduce((most, example) => Math.max(most, axis[example]), 1);
}

/** Places in the order where the length changes, 0 and the end among them. */
function possibleCuts(total: Int32Array, order: Int32Array): number[] {
  const count = order.length;
  const places = [0];
  for (let i = 1; i < count; i++) if (total[order[i]] !== total[order[i - 1]]) places.push(i);
  places.push(count);
  if (places.length <= mostCuts) return places;
  return Array.from({ length: mostCuts }, (_, i) => places[Math.floor((i * (places.length - 1)) / (mostCuts - 1))]);
}

/** Places that the examples from one cut to each later one take in one bucket. */
function segmentCosts(
  axes: readonly Int32Array[],
  order: Int32Array,
  cuts: readonly number[],
  from: number,
  index: number,
): number[] {
  const longestOf = axes.map(() => 1);
  let at = from;
  return cuts.map((end, i) => {
    if (i <= index) return 0;
    for (; at < end; at++) {
      axes.forEach((axis, a) => {
        longestOf[a] = Math.max(longestOf[a], axis[order[at]]);
      });
    }
    return (end - from) * longestOf.reduce((sum, length) => sum + length, 0);
  });
}

/** The ends of the cheapest runs. */
function bestEnds(
  costs: readonly (readonly number[])[],
  cuts: readonly number[],
  most: number,
  least: number,
): number[] {
  const last = cuts.length - 1;
  let cheapest = cuts.map((_, end) => ({ cost: end === 0 ? 0 : Number.POSITIVE_INFINITY, ends: [] as number[] }));
  let best = { cost: costs[0][last], ends: [cuts[last]] };
  for (let runs = 1; runs <= most; runs++) {
    cheapest = cuts.map((end, i) => {
      let found = { cost: Number.POSITIVE_INFINITY, ends: [] as number[] };
      for (let from = 0; from < i; from++) {
        const cost = cheapest[from].cost + costs[from][i];
        if (end - cuts[from] >= least && cost < found.cost) found = { cost, ends: [...cheapest[from].ends, end] };
      }
      return found;
    });
    if (cheapest[last].cost < best.cost) best = cheapest[last];
  }
  return best.ends;
}
