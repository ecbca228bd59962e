// Embedding: y[..., e] = table[ids[...], e]. Its derivative adds rows up (a scatter).

import { type Definition, expect } from '../definition.ts';

/** table [V, E], ids int32 [...] in 0..V-1 → y [..., E] */
export const embedding: Definition<'embedding'> = {
  results({ table, ids }) {
    expect(table.shape.length === 2, 'embedding', `the table has two axes, not ${table.shape.length}`);
    expect(ids.type === 'int32', 'embedding', 'ids are int32');
    return { y: { shape: [...ids.shape, table.shape[1] as number], type: 'float32' } };
  },
  derivative(trace, { inputs, cotangents }) {
    const dy = cotangents.y;
    if (dy === undefined) return {};
    const rows = inputs.table.shape[0] as number;
    return { table: trace.apply('embeddingGradient', { ids: inputs.ids, dy }, { rows }).dTable };
  },
};

/** ids int32 [...], dy [..., E] → dTable [rows, E]: dTable[v] = sum of dy over the places where ids is v, in row order */
export const embeddingGradient: Definition<'embeddingGradient'> = {
  results({ dy }, { rows }) {
    return { dTable: { shape: [rows, dy.shape.at(-1) as number], type: 'float32' } };
  },
};
