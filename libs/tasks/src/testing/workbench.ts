// For tests of tasks: a job from YAML, weights from its seed, and what a model says of examples however they are padded.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExamplePlan, exampleValidation } from '@rondo/data';
import {
  collectOutputs,
  createReferenceEngine,
  type Engine,
  initialValues,
  type Model,
  type Program,
  type Tensors,
} from '@rondo/rnn-core';
import { type JobOf, parseJob, type TaskName } from '@rondo/spec';

/** A folder with these files. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-tasks-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** @param spec what stands below `spec:`, indented by two. */
export function jobOf<Name extends TaskName>(_task: Name, spec: string): JobOf<Name> {
  const head = 'apiVersion: rondo.dev/v1\nkind: TrainingJob\nmetadata: { name: x }\nspec:\n';
  const result = parseJob(`${head}${spec}`, { file: 'x.yaml' });
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.job.spec as JobOf<Name>;
}

function weightsOf({ parameters }: Model, seed = 3): Tensors {
  return Object.fromEntries(
    parameters.map((parameter, i) => [parameter.name, initialValues(parameter, seed, i)] as const),
  );
}

/** Sums of loss, weight and gradients over all examples of a plan. */
export interface Sums {
  readonly loss: number;
  readonly weight: number;
  readonly gradients: Readonly<Record<string, Float64Array>>;
}

/** One element of a parameter, moved. */
export interface Nudge {
  readonly name: string;
  readonly element: number;
  readonly change: number;
}

/** The examples one batch after another, in their order, as their plan pads them. */
export async function sumOver(
  model: Model,
  plan: ExamplePlan,
  engine: Engine = createReferenceEngine('float64'),
  nudge?: Nudge,
): Promise<Sums> {
  const validation = exampleValidation(plan);
  const weights = weightsOf(model);
  if (nudge !== undefined) weights[nudge.name][nudge.element] += nudge.change;
  const gradients: Record<string, Float64Array> = {};
  let [loss, weight] = [0, 0];
  for (let step = 0; step < validation.steps; step++) {
    const shape = { batch: plan.batch / plan.shards, extents: plan.extents[validation.shape(step)] };
    const program = model.gradients(shape, 1);
    for (let shard = 0; shard < plan.shards; shard++) {
      const outputs = await runOnce(engine, program, { ...weights, ...validation.shard(step, shard) });
      loss += outputs.loss[0];
      weight += outputs.weight[0];
      for (const { name } of model.parameters) {
        const sum = gradients[name] ?? new Float64Array(outputs[name].length);
        outputs[name].forEach((value, i) => {
          sum[i] += value;
        });
        gradients[name] = sum;
      }
    }
  }
  return { loss, weight, gradients };
}

/** The slope of the loss by one element of a parameter: a central difference, with a step that float32 weights hold. */
export async function slopeOf(model: Model, plan: ExamplePlan, name: string, element: number): Promise<number> {
  const h = 2 ** -8;
  const at = async (change: number) => (await sumOver(model, plan, undefined, { name, element, change })).loss;
  return ((await at(h)) - (await at(-h))) / (2 * h);
}

/** The same examples with every time axis longer, and in other batches. */
export function paddedMore(plan: ExamplePlan, more: number, batch: number): ExamplePlan {
  const longest: Record<string, number> = {};
  for (const extents of plan.extents) {
    for (const [axis, length] of Object.entries(extents)) longest[axis] = Math.max(longest[axis] ?? 0, length + more);
  }
  return { ...plan, extents: [longest], bucketOf: plan.bucketOf.map(() => 0), batch, shards: 1 };
}

async function runOnce(engine: Engine, program: Program, inputs: Tensors): Promise<Tensors> {
  const plan = await engine.compile(program);
  try {
    return await collectOutputs(plan, inputs);
  } finally {
    plan.dispose();
  }
}
