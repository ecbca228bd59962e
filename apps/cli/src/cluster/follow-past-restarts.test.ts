// A coordinator that stays away; one that comes back: e2e/submit.test.ts.

import { PassThrough } from 'node:stream';
import type { RunStatus } from '@rondo/protocol';
import { expect, test } from 'vitest';
import { ProgressReporter } from '../terminal/progress-reporter.ts';
import { ConnectionLost } from './call-fault.ts';
import { withCoordinator } from './coordinator-client.ts';
import { followPastRestarts } from './follow-past-restarts.ts';

test('following ends once the coordinator stayed away for too long', async () => {
  const out = new PassThrough();
  const reporter = new ProgressReporter(out as unknown as NodeJS.WriteStream);
  const since = { name: 'tiny-1', step: 3, steps: 9 } as RunStatus;
  const following = withCoordinator({ coordinator: '127.0.0.1:1' }, (client) =>
    followPastRestarts({ client, since, unit: { name: 'nats a byte', perplexity: true }, reporter }, 300),
  );
  const fault = await following.catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(ConnectionLost);
  expect(fault).toMatchObject({
    status: 1,
    message: 'the coordinator at 127.0.0.1:1 went away and did not come back in 0.3 s',
  });
  expect(String(out.read())).toContain('connection lost; the run goes on when the coordinator is back');
});
