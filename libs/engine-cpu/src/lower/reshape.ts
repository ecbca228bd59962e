// Another shape over the same elements: a view, where they lie as the new shape has them.

import type { Operation } from '@rondo/rnn-core';
import type { Lowering } from './lowering.ts';

export function reshape(lowering: Lowering, { inputs, outputs }: Operation<'reshape'>): void {
  const { rows, features } = lowering.sizes(outputs.y);
  const x = lowering.matrix(inputs.x);
  if (x.features === features) lowering.set(outputs.y, x);
  else lowering.set(outputs.y, { major: 'rows', rows, features, at: lowering.plain(inputs.x).at, ld: features });
}
