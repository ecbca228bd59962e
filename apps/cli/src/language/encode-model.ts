// A trained language model as a file that other programs read: its weights alone, or the whole model.

import { encodeOnnx } from '@rondo/onnx';
import { languageModelParameters, tracePrediction } from '@rondo/rnn-core';
import { encodeSafetensors } from '@rondo/storage';
import { version } from '../version.ts';
import type { TrainedModel } from './language-run.ts';

export const exportFormats = ['safetensors', 'onnx'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/**
 * Both kinds of file tell the run, the step, the model and the vocabulary, as texts by name.
 * @param run the run's name.
 * @returns the file in pieces, of which many are views of the weights' own memory.
 * @throws ExportFault where the model has no form in this format.
 */
export function encodeModel(trained: TrainedModel, format: ExportFormat, run: string): readonly Uint8Array[] {
  const { model, vocabulary, weights, step, job } = trained;
  const metadata = {
    run,
    step: String(step),
    task: job.task,
    model: JSON.stringify(model),
    vocabulary: JSON.stringify(vocabulary),
  };
  switch (format) {
    case 'safetensors': {
      const parameters = languageModelParameters(model);
      const tensors = Object.fromEntries(parameters.map(({ name, shape }) => [name, { shape, data: weights[name] }]));
      return encodeSafetensors(tensors, { producer: `Rondo ${version}`, ...metadata });
    }
    case 'onnx':
      return encodeOnnx({
        axes: ['time', 'batch'],
        trace: (extent) => tracePrediction(model, extent),
        weights,
        version,
        metadata,
      });
  }
}
