// A trained model as a file that other programs read: its weights alone, or the whole model.

import type { TrainedRun } from '@rondo/inference';
import { encodeOnnx } from '@rondo/onnx';
import type { TaskName } from '@rondo/spec';
import { encodeSafetensors } from '@rondo/storage';
import { version } from '../version.ts';

export const exportFormats = ['safetensors', 'onnx'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/**
 * Both kinds of file tell the run, the step, the model and what was learnt beside the weights, as texts by name.
 * @param name the run's.
 * @returns the file in pieces, of which many are views of the weights' own memory.
 * @throws ExportFault where the model has no form in this format.
 */
export function encodeRun(run: TrainedRun, format: ExportFormat, name: string): readonly Uint8Array[] {
  const { trained, preparation, weights, step, job } = run;
  const metadata = {
    run: name,
    step: String(step),
    task: job.task,
    model: JSON.stringify(job.model),
    preparation: JSON.stringify(preparation),
  };
  switch (format) {
    case 'safetensors': {
      const { parameters } = trained.model;
      const tensors = Object.fromEntries(parameters.map(({ name: of, shape }) => [of, { shape, data: weights[of] }]));
      return encodeSafetensors(tensors, { producer: `Rondo ${version}`, ...metadata });
    }
    case 'onnx':
      return encodeOnnx({
        axes: [...timeAxes(job.task), 'batch'],
        trace: ({ batch, ...extents }) => trained.model.prediction({ batch, extents }),
        weights,
        version,
        metadata,
      });
  }
}

/** Axes of time that a task's model has. */
function timeAxes(task: TaskName): readonly string[] {
  return task === 'translation' ? ['source', 'target'] : ['time'];
}
