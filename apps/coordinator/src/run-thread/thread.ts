// The thread that owns a run: text, weights, optimizer and files, so that neither sums nor disks block the connections.

import { setTimeout as sleep } from 'node:timers/promises';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { isDiskFault, RunFault } from '@rondo/storage';
import { Checkpoints, type Validated } from './checkpoints.ts';
import { inspectJob } from './inspect.ts';
import type { FromRun, RollBackRequest, RunRequest, ToRun, ValidationRecord } from './messages.ts';
import { openTrainingRun, type Run, RunRefusal } from './open-run.ts';
import { rollBack } from './restore.ts';
import { addNode, commitStep, recordValidation } from './steps.ts';

/** Lines of a log that wait for the disk at most: some hundred MB. */
const waitingLimit = 100_000;
const retryMs = 1000;

const port = parentPort as MessagePort;
const send = (message: FromRun) => port.postMessage(message);

let run: Run | undefined;
let checkpoints: Checkpoints | undefined;
let validated: (Validated & { readonly step: number }) | undefined;
/** Nothing waits for a disk any more. */
let hurrying = false;
/** The folder is another process's: nothing is written any more. */
let lost = false;

async function open(request: RunRequest): Promise<void> {
  try {
    const { run: openedRun, opened } = await openTrainingRun(request, { lost: lose, disk: report });
    run = openedRun;
    checkpoints = new Checkpoints(run, { send, disk: report });
    send({ type: 'opened', run: opened });
  } catch (error) {
    if (!(error instanceof RunRefusal || error instanceof RunFault || isDiskFault(error))) throw error;
    const path = error instanceof RunRefusal ? error.path : undefined;
    const locked = error instanceof RunFault && error.code === 'run-locked';
    const passing = locked ? 'locked' : isDiskFault(error) ? 'disk' : undefined;
    send({ type: 'refused', message: error.message, path, passing });
  }
}

function lose({ message }: RunFault): void {
  lost = true;
  send({ type: 'lost', message });
}

async function handle(message: ToRun): Promise<void> {
  if (lost && message.type !== 'close') return undefined;
  if (message.type === 'inspect') {
    const content = await inspectJob(message.job, message.place);
    send({ type: 'inspected', faults: 'faults' in content ? content.faults : [] });
    return undefined;
  }
  if (message.type === 'open') return open(message.request);
  if (message.type === 'close') return close();
  if (run === undefined || checkpoints === undefined) throw new Error(`${message.type} before a run was opened`);
  switch (message.type) {
    case 'add':
      addNode(run, message.node, { ...message.sum, slot: message.slot }, send);
      break;
    case 'commit':
      await room(run);
      commitStep(run, message.request, send);
      break;
    case 'score':
      run.validations.score(message.batch, message.results);
      break;
    case 'validated':
      validate(run, message.record);
      break;
    case 'checkpoint': {
      const { step } = message.request;
      await checkpoints.begin(message.request, validated?.step === step ? validated : undefined);
      break;
    }
    case 'roll-back':
      await goBack(run, checkpoints, message.request);
      break;
  }
  return undefined;
}

function validate(opened: Run, record: ValidationRecord): void {
  const { step, lossSum, weight } = record;
  const { validations } = opened;
  const validationLoss = lossSum / weight;
  const scores = validations.finish(validationLoss);
  validated = { step, validationLoss, rank: validations.rank(validationLoss, scores) };
  send(recordValidation(opened, record, scores));
  if (opened.job.spec.training.patience !== undefined) send({ type: 'judged', step, enough: validations.exhausted });
}

/** The next step is not taken before the disk has made room for its lines. */
async function room({ ledger, metrics }: Run): Promise<void> {
  while (!hurrying && Math.max(ledger.waiting, metrics.waiting) >= waitingLimit) {
    report('training', `stands still: ${waitingLimit} lines wait for the disk to take them`);
    await sleep(retryMs);
  }
  report('training', undefined);
}

/** Until the disk has done it: to go on without would let the bad steps come back after a crash. */
async function goBack(opened: Run, written: Checkpoints, { to, vector }: RollBackRequest): Promise<void> {
  await written.settled();
  opened.model.reset(vector, (slot) => send({ type: 'added', free: slot }));
  validated = undefined;
  for (;;) {
    try {
      const {
        step,
        validated: isValidated,
        states,
        doubts,
      } = await rollBack(opened, to, () => send({ type: 'roll-back-begun' }));
      report('roll-back', undefined);
      send({ type: 'rolled-back', step, validated: isValidated, states, doubts });
      return;
    } catch (error) {
      if (!isDiskFault(error)) throw error;
      if (hurrying) throw new Error(`the disk refuses the roll-back to step ${to}: ${error.message}`, { cause: error });
      report('roll-back', error.message);
      await sleep(retryMs);
    }
  }
}

/** What of the disk's faults was said and has not ended. */
const faults = new Set<string>();

/** Says once when something begins to fail, and once when it does not any more. */
function report(what: string, fault: string | undefined): void {
  if ((fault !== undefined) === faults.has(what)) return;
  if (fault === undefined) faults.delete(what);
  else faults.add(what);
  send({ type: 'disk', what, fault });
}

async function close(): Promise<void> {
  try {
    await checkpoints?.settled();
    if (lost) return;
    run?.metrics.close();
    run?.ledger.close();
    await run?.folder.release();
  } finally {
    port.close();
  }
}

function broken(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  send({ type: 'broken', message, stack });
}

// One message after the other, in order; after `close` none.
let last = Promise.resolve();
let closing = false;
port.on('message', (message: ToRun) => {
  hurrying ||= message.type === 'hurry' || message.type === 'close';
  if (closing || message.type === 'hurry') return;
  closing = message.type === 'close';
  last = last.then(() => handle(message)).catch(broken);
});
