// For tests: the folder of a run that was never trained, with weights that are a checkpoint's own.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialValues } from '@rondo/rnn-core';
import { formatJob, parseJob, type TrainingJob } from '@rondo/spec';
import { runPaths, writeCheckpoint } from '@rondo/storage';
import { readTask } from '@rondo/tasks';

/** A folder with these files, a spec's among them. @param spec what stands below `spec:`, indented by two. */
export async function untrainedRun(
  files: Readonly<Record<string, string | Uint8Array>>,
  spec: string,
  steps: readonly number[] = [1],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-untrained-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const job = jobOf(spec);
  const { model, preparation } = await readTask(job.spec, { base: folder });
  writeFileSync(runPaths(folder).spec, formatJob(job));
  writeFileSync(runPaths(folder).preparation, JSON.stringify(preparation));
  for (const step of steps) {
    // Larger than training begins with, so that what the model reads matters.
    const weights = Object.fromEntries(
      model.parameters.map((parameter, i) => {
        const data = initialValues(parameter, step, i).map((value) => 3 * value);
        return [parameter.name, { shape: parameter.shape, data }];
      }),
    );
    const none = { ledgerHead: '', metricsHead: '', engine: 'js', fingerprint: '' };
    await writeCheckpoint(folder, { step, epoch: 0, stepInEpoch: step, ...none }, { weights, optimizer: {} });
  }
  return folder;
}

function jobOf(spec: string): TrainingJob {
  const head = 'apiVersion: rondo.dev/v1\nkind: TrainingJob\nmetadata: { name: untrained }\nspec:\n';
  const result = parseJob(`${head}${spec}`, { file: 'spec.yaml' });
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.job;
}
