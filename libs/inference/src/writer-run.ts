// A model that a run trained to write texts for texts: it writes them, and tells how near they come to others.

import { DataFault } from '@rondo/data';
import type { Engine } from '@rondo/rnn-core';
import { RunFault } from '@rondo/storage';
import type { TrainedWriter } from '@rondo/tasks';
import { CompiledModel } from './compiled-model.ts';
import type { ExampleRun, PredictOptions, StoredExamples } from './example-run.ts';
import { filesOf } from './run.ts';

/** @param writer of the run's task. */
export function writerRun(
  { job, weights, trained, ...stored }: StoredExamples,
  writer: TrainedWriter,
  open: () => Promise<Engine>,
): ExampleRun {
  const compiled = new CompiledModel(trained.model, weights, open);
  const write = (sources: readonly string[], { beam = 1, lengthPenalty = 0, onShare }: PredictOptions) =>
    compiled.inTurn((engine) => writer.write(engine, weights, sources, { beam, lengthPenalty, onShare }));
  return {
    ...stored,
    ...{ job, trained, weights },
    task: job.task,
    engine: () => compiled.engine(),
    async evaluate(files, { labels, base = process.cwd(), ...options } = {}) {
      const { sources, references } = await writer.pairs({ patterns: filesOf(files), labels }, { base });
      const texts = await write(sources, options);
      return { scores: writer.scores(texts, references), examples: sources.length };
    },
    async predict(examples, options = {}) {
      return (await write(examples.map(textOf), options)).map((text) => ({ text }));
    },
    async predictFiles(files, { base = process.cwd(), ...options } = {}) {
      const sources = await writer.sources({ patterns: filesOf(files) }, { base });
      return (await write(sources, options)).map((text) => ({ text }));
    },
    stream() {
      throw new RunFault(
        'run-other-task',
        `a run of the task ${job.task} reads no stream; take predict, of whole texts`,
      );
    },
    dispose: () => compiled.dispose(),
  };
}

function textOf(example: unknown, place: number): string {
  if (typeof example === 'string') return example;
  throw new DataFault('data-value', `example ${place} is a ${typeof example}; a string was expected`);
}
