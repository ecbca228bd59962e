// The bytes that a Work call counts at its two ends.

import { credentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterAll, expect, test } from 'vitest';
import { channelOptions, createServer, listen } from './channel.ts';
import type { FromCoordinator, FromWorker } from './messages.ts';
import { WorkService } from './services.ts';
import { CoordinatorStream, type Traffic, WorkerStream } from './work-stream.ts';

const server = createServer();
afterAll(() => server.forceShutdown());

class Counted implements Traffic {
  readonly bytes = { sent: 0, received: 0 };

  sent(count: number): void {
    this.bytes.sent += count;
  }

  received(count: number): void {
    this.bytes.received += count;
  }
}

test('are those of tensors, the same at both ends', async () => {
  const [near, far] = [new Counted(), new Counted()];
  const weights = { name: 'w', type: 'float32' as const, shape: [3, 100_000], data: new Float32Array(300_000) };
  const gradient = { name: 'w', type: 'float16' as const, shape: [5], data: new Uint16Array(5) };
  const heard = new Promise<void>((resolve) => {
    const Work = (call: ServerDuplexStream<FromWorker, FromCoordinator>) => {
      const stream = new CoordinatorStream(call, { onMessage: () => resolve(), onEnd() {} }, { traffic: near });
      void stream.send({ weights: { run: 'r', step: 2 } }, [weights]);
    };
    server.addService(WorkService.service, { Work });
  });
  const port = await listen(server, '127.0.0.1:0');
  const client = new WorkService(`127.0.0.1:${port}`, credentials.createInsecure(), channelOptions);
  const onMessage = () => void stream.send({ gradients: { task: 1, step: 3 } }, [gradient]);
  const stream = new WorkerStream(client.work(), { onMessage, onEnd() {} }, { traffic: far });
  await heard;
  expect(near.bytes).toEqual({ sent: 1_200_000, received: 10 });
  expect(far.bytes).toEqual({ sent: 10, received: 1_200_000 });
  client.close();
});
