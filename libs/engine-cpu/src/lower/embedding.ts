// Embedding and its gradient: columns gathered from rows of the table, and added back to them.

import type { Operation } from '@rondo/rnn-core';
import { stored } from '../matrix.ts';
import type { Lowering } from './lowering.ts';

/** y [N, E] = table [V, E] at ids [N] */
export function embedding(lowering: Lowering, { inputs, outputs }: Operation<'embedding'>): void {
  const table = lowering.as('rows', inputs.table);
  const ids = lowering.integers(inputs.ids);
  const y = lowering.result(outputs.y, 'features');
  lowering.emit('other', ({ kernels }) => kernels.embedding(table.at, y.features, ids, y.rows, y.at, y.ld));
}

/** dTable [V, E] = rows of dy [N, E] added up by ids, in their order */
export function embeddingGradient(lowering: Lowering, { inputs, outputs }: Operation<'embeddingGradient'>): void {
  const ids = lowering.integers(inputs.ids);
  const dy = lowering.as('features', inputs.dy);
  const dTable = lowering.result(outputs.dTable, 'rows');
  const { rows, columns } = stored(dTable);
  lowering.emit('other', ({ kernels }) => {
    kernels.fill(dTable.at, dTable.ld, rows, columns, 0);
    kernels.embeddingGradient(ids, dy.rows, dy.at, dy.ld, dy.features, dTable.at);
  });
}
