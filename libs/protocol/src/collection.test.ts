// Whether V8 still marks step by step while buffers come and go.

import { constants, type NodeGCPerformanceDetail, PerformanceObserver } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { keepCollectionsShort } from './collection.ts';

/** The kinds of collection that 512 MiB of buffers cause. */
async function collections(): Promise<Set<number | undefined>> {
  const kinds = new Set<number | undefined>();
  const observer = new PerformanceObserver((list) => {
    const entries = list.getEntries() as unknown as { detail: NodeGCPerformanceDetail }[];
    for (const { detail } of entries) kinds.add(detail.kind);
  });
  observer.observe({ entryTypes: ['gc'] });
  for (let i = 0; i < 1024; i += 1) {
    Buffer.allocUnsafe(2 ** 19);
    if (i % 8 === 0) await new Promise(setImmediate);
  }
  observer.disconnect();
  return kinds;
}

test('nothing is marked step by step for short-lived buffers, and scavenges keep up with them', async () => {
  expect(await collections()).toContain(constants.NODE_PERFORMANCE_GC_INCREMENTAL);
  keepCollectionsShort();
  const kinds = await collections();
  expect(kinds).toContain(constants.NODE_PERFORMANCE_GC_MINOR);
  expect(kinds).not.toContain(constants.NODE_PERFORMANCE_GC_INCREMENTAL);
  expect(process.memoryUsage().external).toBeLessThan(128 * 2 ** 20);
});
