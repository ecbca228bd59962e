// A compute thread: owns an engine and its plans, so that computing never blocks the connection.

import { type MessagePort, parentPort } from 'node:worker_threads';
import { createEngine } from '@rondo/engines';
import type { Engine, Plan, Tensors } from '@rondo/rnn-core';
import { ModelArrays, type RoundPhase } from '@rondo/training';
import { computeShard } from './compute-shard.ts';
import { probe } from './engines.ts';
import type { FromCompute, Preparation, ShardTask, ToCompute } from './messages.ts';

interface Prepared {
  /** Of engine and programs. */
  readonly key: string;
  readonly engine: Engine;
  readonly plans: Readonly<Record<RoundPhase, readonly Plan[]>>;
  readonly arrays: ModelArrays;
}

const port = parentPort as MessagePort;
const send = (message: FromCompute) => port.postMessage(message);

/** What the present run computes with, or why it cannot. */
let prepared: Prepared | Error = new Error('no program was sent before the first task');
let weights: Tensors = {};
/** The weights that each plan has. */
const loaded = new WeakMap<Plan, Tensors>();

async function prepare(preparation: Preparation): Promise<Prepared> {
  const { engine: name, planBytes, programs, memory } = preparation;
  const key = JSON.stringify([name, programs]);
  // A worker that was reconnected goes on with the plans it has.
  if (!(prepared instanceof Error) && prepared.key === key) return { ...prepared, arrays: new ModelArrays(memory) };
  await release();
  const engine = await createEngine(name, planBytes);
  try {
    // All of them now: a model that does not fit is refused before anything of the run is computed.
    const gradients = await compile(engine, 'gradients', preparation);
    const evaluation = await compile(engine, 'evaluation', preparation);
    return { key, engine, plans: { gradients, evaluation }, arrays: new ModelArrays(memory) };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

async function compile(engine: Engine, phase: RoundPhase, { programs }: Preparation): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const program of programs[phase]) plans.push(await engine.compile(program));
  const { description } = engine.device;
  for (const executor of new Set(plans.map((plan) => plan.executor))) {
    send({ type: 'compiled', phase, engine: engine.name, device: description, executor });
  }
  return plans;
}

async function release(): Promise<void> {
  if (prepared instanceof Error) return;
  const { engine, plans } = prepared;
  prepared = new Error('the programs were released');
  for (const plan of Object.values(plans).flat()) plan.dispose();
  await engine.dispose();
}

async function compute(task: ShardTask): Promise<void> {
  if (prepared instanceof Error) throw prepared;
  const { arrays } = prepared;
  const plan = prepared.plans[task.phase][task.shape];
  const changed = loaded.get(plan) === weights ? {} : weights;
  const computed = await computeShard(plan, arrays, task, changed, (parameter) =>
    send({ type: 'gradient', parameter }),
  );
  loaded.set(plan, weights);
  send({ type: 'computed', computed });
}

async function handle(message: ToCompute): Promise<void> {
  switch (message.type) {
    case 'probe':
      send({ type: 'probed', result: await probe(message.engines) });
      break;
    case 'prepare':
      prepared = await prepare(message.preparation).catch(asError);
      break;
    case 'weights':
      weights = message.weights;
      break;
    case 'compute':
      await compute(message.task).catch((error: unknown) => {
        send({ type: 'failed', reason: asError(error).message, final: prepared instanceof Error });
      });
      break;
    case 'close':
      await release();
      port.close();
      break;
  }
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

// One message after the other, in order.
let last = Promise.resolve();
port.on('message', (message: ToCompute) => {
  last = last.then(() => handle(message));
});
