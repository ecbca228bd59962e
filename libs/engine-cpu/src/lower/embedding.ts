// Embedding and its gradient: columns gathered from rows of the table, and added back to them. Both are emitted when an
// operation asks for them: a recurrent layer may do without (`input.ts`).

import type { Operation } from '@rondo/rnn-core';
import type { Lowering } from './lowering.ts';

/** y [N, E] = table [V, E] at ids [N] */
export function embedding(lowering: Lowering, { inputs, outputs }: Operation<'embedding'>): void {
  const table = lowering.as('rows', inputs.table);
  const ids = lowering.integers(inputs.ids);
  lowering.gathered.set(outputs.y, { table, ids });
  lowering.later(outputs.y, () => {
    const y = lowering.result(outputs.y, 'features');
    lowering.emit('other', ({ kernels }) => kernels.embedding(table.at, y.features, ids, y.rows, y.at, y.ld));
  });
}

/** dTable [V, E] = rows of dy [N, E] added up by ids, in their order */
export function embeddingGradient(lowering: Lowering, { inputs, outputs }: Operation<'embeddingGradient'>): void {
  const ids = lowering.integers(inputs.ids);
  const dTable = lowering.result(outputs.dTable, 'rows');
  const scattered = lowering.scattered.get(inputs.dy);
  if (scattered?.ids === ids) {
    scattered.into(dTable);
    return;
  }
  const dy = lowering.as('features', inputs.dy);
  lowering.fill(dTable, 0);
  lowering.emit('other', ({ kernels }) =>
    kernels.embeddingGradient(ids, dy.rows, dy.at, dy.ld, dy.features, dTable.at),
  );
}
