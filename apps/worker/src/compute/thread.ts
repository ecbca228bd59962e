// The compute thread: owns the engine, its plans and the weights, so that computing never blocks the connection.

import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Engine, EngineName, Plan, Program, Tensors } from '@rondo/rnn-core';
import type { RoundPhase } from '@rondo/training';
import { createEngine, probe } from './engines.ts';
import type { ComputeTask, FromCompute, ToCompute } from './messages.ts';
import { computeNode } from './node.ts';

/** Plans kept for when a run comes back, e.g. after a reconnection. */
const plansKept = 8;

interface Prepared {
  readonly engine: EngineName;
  readonly programs: Readonly<Record<RoundPhase, Program>>;
  /** Names each program's plan. */
  readonly keys: Readonly<Record<RoundPhase, string>>;
}

const port = parentPort as MessagePort;
const engines = new Map<EngineName, Engine>();
const plans = new Map<string, Plan>();
let prepared: Prepared | undefined;
let weights: Tensors = {};

const send = (message: FromCompute) => port.postMessage(message);

function prepare(engine: EngineName, programs: Prepared['programs']): Prepared {
  const key = (phase: RoundPhase) => `${engine} ${JSON.stringify(programs[phase])}`;
  return { engine, programs, keys: { gradients: key('gradients'), evaluation: key('evaluation') } };
}

async function engineNamed(name: EngineName): Promise<Engine> {
  const engine = engines.get(name) ?? (await createEngine(name));
  engines.set(name, engine);
  return engine;
}

/** The plan of a program, compiled once; the least recently used one goes when there are too many. */
async function planOf({ engine: name, programs, keys }: Prepared, phase: RoundPhase): Promise<Plan> {
  const key = keys[phase];
  const plan = plans.get(key) ?? (await compile(await engineNamed(name), phase, programs[phase]));
  plans.delete(key);
  plans.set(key, plan);
  const [oldest] = plans.keys();
  if (plans.size > plansKept) {
    plans.get(oldest)?.dispose();
    plans.delete(oldest);
  }
  return plan;
}

async function compile(engine: Engine, phase: RoundPhase, program: Program): Promise<Plan> {
  const plan = await engine.compile(program);
  const { description } = engine.device;
  send({ type: 'compiled', phase, engine: engine.name, device: description, executor: plan.executor });
  return plan;
}

async function compute({ task, phase, step, node, shards }: ComputeTask): Promise<void> {
  try {
    if (prepared === undefined) throw new Error('no program was sent before the first task');
    const plan = await planOf(prepared, phase);
    const start = performance.now();
    const computed = await computeNode(plan, weights, { step, node, shards });
    const seconds = (performance.now() - start) / 1000;
    port.postMessage({ type: 'computed', computed: { task, seconds, ...computed } } satisfies FromCompute, [
      ...buffersOf([computed.sum.tensors, ...computed.states.values()]),
    ]);
  } catch (error) {
    send({ type: 'failed', task, reason: error instanceof Error ? error.message : String(error) });
  }
}

/** The memory to hand over instead of copying it. */
function buffersOf(records: readonly Tensors[]): Set<ArrayBuffer> {
  const buffers = records.flatMap((tensors) => Object.values(tensors).map(({ buffer }) => buffer));
  return new Set(buffers.filter((buffer) => buffer instanceof ArrayBuffer));
}

async function handle(message: ToCompute): Promise<void> {
  switch (message.type) {
    case 'probe':
      send({ type: 'probed', result: await probe(message.engines) });
      break;
    case 'prepare':
      prepared = prepare(message.engine, message.programs);
      break;
    case 'weights':
      weights = message.weights;
      break;
    case 'compute':
      await compute(message.task);
      break;
    case 'close':
      for (const plan of plans.values()) plan.dispose();
      for (const engine of engines.values()) await engine.dispose();
      port.close();
      break;
  }
}

// One message after the other, in order.
let last = Promise.resolve();
port.on('message', (message: ToCompute) => {
  last = last.then(() => handle(message));
});
