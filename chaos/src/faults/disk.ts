// The disk of the coordinator's runs becomes full, and has room again.

import { setTimeout as sleep } from 'node:timers/promises';
import { expectSeen, type Striker } from './strike.ts';

/** At least until the coordinator has noticed. */
export const fillDisk: Striker = async ({ coordinator, options: { disk } }, { durationMs }) => {
  if (disk === undefined) throw new Error('there is no disk to fill');
  const lines = coordinator.log.length;
  const noticed = coordinator.until((line) => JSON.stringify(line).includes('ENOSPC'), lines).catch(() => undefined);
  const fromMs = performance.now();
  const bytes = await disk.fill();
  try {
    await sleep(durationMs);
    const line = await Promise.race([noticed, sleep(noticeMs, undefined)]);
    expectSeen(line !== undefined, `ENOSPC in the coordinator's log within ${noticeMs} ms`);
    return { fromMs, toMs: performance.now(), evidence: `${bytes} bytes of ballast; ${line?.level}: ${line?.msg}` };
  } finally {
    await disk.free();
  }
};

/** Longer than any step takes that has something to write. */
const noticeMs = 10_000;
