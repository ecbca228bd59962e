// What a plan promises from run to run: outputs once each, weights that stay, arrays that are nobody else's.

import { collectOutputs, type Engine, type Plan } from '../engine.ts';
import { traceGradients } from '../models/language-model.ts';
import { inputsOf, type OutputRole, type Port } from '../program/program.ts';
import type { TensorData, Tensors } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { type Case, expectClose, runOnce } from './case.ts';
import { randomInputs } from './operation-cases.ts';

const vocabulary = 7;
const program = traceGradients(
  { vocabulary, embedding: 3, hidden: 4, layers: 2, cell: { kind: 'lstm' }, dropout: 0.3, tied: false },
  { time: 4, batch: 2 },
  1,
);
const symbols = { from: 0, to: vocabulary };
const drawn = (seed: number) => randomInputs(program, { ids: symbols, targets: symbols }, seed);
const weightNames = inputsOf(program, 'weight').map(({ name }) => name);
const pick = (inputs: Tensors, wanted: (name: string) => boolean): Tensors =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => wanted(name)));
const weightsOf = (inputs: Tensors) => pick(inputs, (name) => weightNames.includes(name));
const withoutWeights = (inputs: Tensors) => pick(inputs, (name) => !weightNames.includes(name));

export function planCases(): Case[] {
  return [
    planCase('delivers every output once', async (plan) => {
      const delivered: Port<OutputRole>[] = [];
      await plan.run(drawn(1), (port) => delivered.push(port));
      const names = (ports: readonly Port<OutputRole>[]) => ports.map(({ role, name }) => `${role} ${name}`).sort();
      expectSame('delivered', names(delivered), names(program.outputs));
    }),
    planCase('keeps the weights that a run leaves out', async (plan, engine) => {
      const [once, later] = [drawn(1), drawn(2)];
      const given = copies(once);
      await collectOutputs(plan, given);
      for (const data of Object.values(given)) data.fill(0); // the caller's again
      const kept = { ...later, ...weightsOf(once) };
      await expectRun(engine, await collectOutputs(plan, withoutWeights(later)), kept);
      const [name] = weightNames;
      const changed = { [name]: later[name] };
      const outputs = await collectOutputs(plan, { ...withoutWeights(later), ...changed });
      await expectRun(engine, outputs, { ...kept, ...changed });
    }),
    planCase('refuses a first run without a weight, and any run without another input', async (plan) => {
      const inputs = drawn(1);
      for (const name of [weightNames[1], 'ids']) await expectRefusal(plan, inputs, name);
      await collectOutputs(plan, inputs);
      for (const name of ['ids', 'h_l1', 'step']) await expectRefusal(plan, inputs, name);
    }),
    { name: 'plan refuses a length beyond its sequences', run: refusesLength },
    planCase('leaves collected outputs alone in later runs', async (plan) => {
      const before = await collectOutputs(plan, drawn(1));
      const asTheyWere = copies(before);
      await collectOutputs(plan, drawn(2));
      for (const [name, data] of Object.entries(asTheyWere)) expectClose(name, before[name], data, 0);
    }),
  ];
}

function planCase(name: string, check: (plan: Plan, engine: Engine) => Promise<void>): Case {
  return {
    name: `plan ${name}`,
    async run(engine) {
      const plan = await engine.compile(program);
      try {
        await check(plan, engine);
      } finally {
        plan.dispose();
      }
    },
  };
}

const copies = (tensors: Tensors): Record<string, TensorData> =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, data.slice()]));

/** The bits of a new plan's first run. */
async function expectRun(engine: Engine, actual: Tensors, inputs: Tensors): Promise<void> {
  const plan = await engine.compile(program);
  const expected = await collectOutputs(plan, inputs);
  plan.dispose();
  for (const [name, data] of Object.entries(expected)) expectClose(name, actual[name], data, 0);
}

async function expectRefusal(plan: Plan, inputs: Tensors, missing: string): Promise<void> {
  const rest = pick(inputs, (name) => name !== missing);
  const message = await collectOutputs(plan, rest).then(
    () => 'it ran',
    (error: Error) => error.message,
  );
  if (!message.includes(`input ${missing} `) || !message.includes('missing')) {
    throw new Error(`a run without ${missing}: ${message}`);
  }
}

async function refusesLength(engine: Engine): Promise<void> {
  const trace = new Trace();
  const x = trace.input('batch', 'x', [3, 2, 1]);
  const lengths = trace.input('batch', 'lengths', [2], 'int32');
  trace.output('result', 'y', trace.apply('pool', { x, lengths }, { over: 'mean' }).y);
  const inputs = { x: new Float32Array(6), lengths: Int32Array.of(3, 4) };
  const message = await runOnce(engine, trace.program('pool'), inputs).then(
    () => 'it ran',
    (error: Error) => error.message,
  );
  expectSame('refusal', [message], ['length 4 in input lengths is outside [0, 4)']);
}

function expectSame(what: string, actual: readonly string[], expected: readonly string[]): void {
  if (actual.join() !== expected.join()) throw new Error(`${what} [${actual}], expected [${expected}]`);
}
