// Following a run that goes faster than it is read: nothing is shown twice, and nothing is left out.

import { PassThrough } from 'node:stream';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { createServer, JobService, listen, type RunStatus, type WatchResponse } from '@rondo/protocol';
import { expect, test } from 'vitest';
import { ProgressReporter } from '../terminal/progress-reporter.ts';
import { CoordinatorClient } from './coordinator-client.ts';
import { followRun } from './follow.ts';

const run: RunStatus = {
  ...{ name: 'r', phase: 'PHASE_TRAINING', reason: '', step: 0, steps: 9, tokensPerSecond: 0, engine: '', workers: 1 },
  ...{ fingerprint: '', folder: '', hindrances: [], scores: {} },
};
const line = (step: number) => JSON.stringify({ step, loss: 1, tokens: 1, seconds: 1, workers: 1 });

test('goes on from the next step after it fell behind', async () => {
  const asked: number[] = [];
  const server = createServer();
  server.addService(JobService.service, {
    Watch(call: ServerWritableStream<{ fromStep: number }, WatchResponse>) {
      const { fromStep } = call.request;
      asked.push(fromStep);
      call.write({ event: 'status', status: run });
      for (const step of [fromStep, fromStep + 1]) call.write({ event: 'metrics', metrics: line(step) });
      if (fromStep < 5) call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'you read too slowly' });
      else {
        call.write({ event: 'status', status: { ...run, phase: 'PHASE_FINISHED' } });
        call.end();
      }
    },
  });
  const client = new CoordinatorClient({ coordinator: `127.0.0.1:${await listen(server, '127.0.0.1:0')}` });
  const reporter = new ProgressReporter(new PassThrough() as unknown as NodeJS.WriteStream);
  const last = await followRun({ client, since: run, unit: { name: 'nats a byte', perplexity: true }, reporter });
  expect(asked).toEqual([1, 3, 5]);
  expect(last.phase).toBe('PHASE_FINISHED');
  client.close();
  server.forceShutdown();
});
