// The thread that owns a run: text, weights, optimizer and files, so that neither sums nor disks block the connections.

import { type MessagePort, parentPort } from 'node:worker_threads';
import { RunFault } from '@rondo/storage';
import { inspectJob } from './inspect.ts';
import type { FromRun, RunRequest, ToRun } from './messages.ts';
import { openTrainingRun, type Run, RunRefusal } from './open-run.ts';
import { addNode, checkpoint, commitStep, recordValidation } from './steps.ts';

const port = parentPort as MessagePort;
const send = (message: FromRun) => port.postMessage(message);

let run: Run | undefined;
let validated: { step: number; loss: number } | undefined;

async function open(request: RunRequest): Promise<void> {
  try {
    const { run: openedRun, opened } = await openTrainingRun(request, (fault) => broken(fault));
    run = openedRun;
    send({ type: 'opened', run: opened });
  } catch (error) {
    if (!(error instanceof RunRefusal || error instanceof RunFault)) throw error;
    const path = error instanceof RunRefusal ? error.path : undefined;
    const locked = error instanceof RunFault && error.code === 'run-locked';
    send({ type: 'refused', message: error.message, path, locked });
  }
}

async function handle(message: ToRun): Promise<void> {
  if (message.type === 'inspect') {
    const content = await inspectJob(message.job, message.place);
    send({ type: 'inspected', faults: 'faults' in content ? content.faults : [] });
    return undefined;
  }
  if (message.type === 'open') return open(message.request);
  if (message.type === 'close') return close();
  if (run === undefined) throw new Error(`${message.type} before a run was opened`);
  switch (message.type) {
    case 'add':
      addNode(run, message.node, { ...message.sum, slot: message.slot }, send);
      break;
    case 'commit':
      commitStep(run, message.request, send);
      break;
    case 'validated': {
      const { step, lossSum, weight } = message.record;
      validated = { step, loss: lossSum / weight };
      send(recordValidation(run, message.record));
      break;
    }
    case 'checkpoint': {
      const { step } = message.request;
      send(await checkpoint(run, message.request, validated?.step === step ? validated.loss : undefined));
      break;
    }
  }
  return undefined;
}

async function close(): Promise<void> {
  run?.metrics.close();
  run?.ledger.close();
  await run?.folder.release();
  port.close();
}

function broken(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  send({ type: 'broken', message, stack });
}

// One message after the other, in order.
let last = Promise.resolve();
port.on('message', (message: ToRun) => {
  last = last.then(() => handle(message)).catch(broken);
});
