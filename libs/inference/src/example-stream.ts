// An example that comes part by part, and what the model says of it so far.

import { exampleValidation } from '@rondo/data';
import { elements, inputsOf, type Program, portType, type ShardShape, type Tensors } from '@rondo/rnn-core';
import { RunFault } from '@rondo/storage';
import type { Prediction, TrainedExamples } from '@rondo/tasks';
import type { CompiledModel } from './compiled-model.ts';

export interface ExampleStream {
  /**
   * Reads on.
   * @param part one element, or several: an example as `predict` takes it.
   * @returns what the model predicts after it: of all that was read, or of each element of the part.
   * @throws DataFault for what is no part of an example; nothing of it is read then.
   */
  push(part: unknown): Promise<Prediction>;
}

/** @throws RunFault where the model cannot tell before the end. */
export function createExampleStream(
  task: string,
  { given }: TrainedExamples,
  continuation: ((shape: ShardShape) => Program) | undefined,
  compiled: CompiledModel,
): ExampleStream {
  if (continuation === undefined) {
    const why =
      'it reads in both directions, pools over all steps, looks for the best path, or forecasts from windows; take predict, of whole examples';
    throw new RunFault('run-other-task', `the run's model of the task ${task} reads no stream: ${why}`);
  }
  let state: Tensors | undefined;
  /** Settles when what was pushed before is read. */
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async push(part) {
      const { plan, prediction } = given([part]);
      const shape = { batch: 1, extents: plan.extents[0] };
      const read = async () => {
        state ??= zeroStates(continuation(shape));
        const results = await compiled.goOn(shape, { ...exampleValidation(plan).shard(0, 0), ...state });
        state = Object.fromEntries(Object.keys(state).map((name) => [name, results[name]]));
        return prediction(results, 0, 1, 0);
      };
      const predicted = turn.then(read);
      turn = predicted.catch(() => {}); // Whoever pushed hears of it.
      return predicted;
    },
  };
}

function zeroStates(program: Program): Tensors {
  const zeros = inputsOf(program, 'state').map((port) => {
    return [port.name, new Float32Array(elements(portType(program, port).shape))] as const;
  });
  return Object.fromEntries(zeros);
}
