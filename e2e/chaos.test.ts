// Everything breaks for half a minute, each kind of fault at least once: the short form of `npm run chaos`.

import { expect, test } from 'vitest';
import { chaos } from '../chaos/src/chaos.ts';
import { shortForm } from '../chaos/src/forms.ts';
import { describeFault } from '../chaos/src/report.ts';

test('killed, stopped, parted, slowed, out of disk, out of time: the same bits, nothing lost', async ({ annotate }) => {
  const result = await chaos({ ...shortForm, say: () => {} });
  for (const [kind, reason] of Object.entries(result.leftOut)) await annotate(`left out: ${kind}: ${reason}`);
  const struck = new Set(result.faults.map(({ fault }) => fault.kind));
  expect([...struck].sort()).toEqual(shortForm.kinds.filter((kind) => result.leftOut[kind] === undefined).sort());
  const failed = result.checks.filter(({ passed }) => !passed).map(({ what, seen }) => [what, ...seen]);
  expect(failed, `${result.folder}\n${result.faults.map(describeFault).join('\n')}`).toEqual([]);
}, 180_000);
