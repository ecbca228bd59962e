// What this machine can compute with: every engine tried, checked and timed.

import { arch, cpus, platform } from 'node:os';
import { createEngine } from '@rondo/engines';
import { memoryLimitBytes, physicalCores } from '@rondo/machine';
import { type EngineName, engineNames } from '@rondo/rnn-core';
import { conformanceCases } from '@rondo/rnn-core/conformance';
import { type EngineReport, probe } from '@rondo/worker';

export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  /** Physical ones that this process may use; memory likewise. */
  readonly cores: number;
  readonly memoryBytes: number;
}

/** An engine works when it opens, computes and agrees with the reference results. */
export type EngineExamination =
  | ({ readonly works: true } & EngineReport)
  | { readonly works: false; readonly engine: EngineName; readonly reason: string };

export function examineMachine(): Machine {
  return {
    node: process.versions.node,
    platform: `${platform()}-${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: physicalCores(),
    memoryBytes: memoryLimitBytes(),
  };
}

/** One engine after the other, so that they do not slow each other down. */
export async function examineEngines(): Promise<EngineExamination[]> {
  const examinations: EngineExamination[] = [];
  for (const engine of engineNames) examinations.push(await examineEngine(engine));
  return examinations;
}

async function examineEngine(name: EngineName): Promise<EngineExamination> {
  const { working, refused } = await probe([name]);
  const reason = refused[0]?.reason ?? (await findDisagreement(name));
  return reason === undefined ? { works: true, ...working[0] } : { works: false, engine: name, reason };
}

/** A layer of every cell with its gradients beside PyTorch's results, and the loss beside the reference engine's. */
const quickCases = [
  'golden layer-rnn-tanh',
  'golden layer-lstm',
  'golden layer-gru',
  'operation crossEntropy T8 B4 V65',
];

/** @returns what differs in the first case that fails. */
async function findDisagreement(name: EngineName): Promise<string | undefined> {
  const cases = new Map(conformanceCases().map((conformanceCase) => [conformanceCase.name, conformanceCase]));
  const engine = await createEngine(name);
  try {
    for (const title of quickCases) {
      const quickCase = cases.get(title);
      if (quickCase === undefined) throw new Error(`there is no conformance case ${title}`);
      await quickCase.run(engine);
    }
    return undefined;
  } catch (error) {
    return `${name} computes wrong results: ${(error as Error).message}`;
  } finally {
    await engine.dispose();
  }
}

/** What keeps engines from working or from being fast, and what to install or to do. */
export function notesOn(examinations: readonly EngineExamination[]): string[] {
  return examinations.flatMap((examination) => {
    if (!examination.works) return [examination.reason];
    const { device } = examination;
    if (device.advice !== undefined) return [`${examination.engine}: ${device.advice}`];
    if (device.kind !== 'software-gpu') return [];
    const why = 'a GPU that the processor plays, which auto does not take';
    return [`${examination.engine} runs on ${why}; for a real one install the Vulkan driver of this machine's GPU`];
  });
}
