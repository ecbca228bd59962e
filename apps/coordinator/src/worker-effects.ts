// What the brain decides about one worker, said to it: programs, weights, tasks, and that a task is not wanted any more.

import type { Logger } from '@rondo/logging';
import type { EngineName } from '@rondo/rnn-core';
import { type Arithmetic, type Effect, gradientFormat } from '@rondo/training';
import type { Connection } from './connection.ts';
import type { NodeAnswers } from './node-answers.ts';
import type { PresentModel } from './present-model.ts';
import type { RoundRecords } from './round-records.ts';
import type { OpenedRun } from './run-thread/messages.ts';
import type { ShardInputs } from './shard-inputs.ts';

export type WorkerEffect = Extract<Effect, { type: 'prepare' | 'send-weights' | 'assign' | 'cancel' | 'idle' }>;

/** Of the run, as far as workers hear of it. */
interface Sources {
  readonly name: string;
  readonly run: OpenedRun;
  readonly log: Logger;
  readonly inputs: ShardInputs;
  readonly model: PresentModel;
  readonly records: RoundRecords;
  readonly answers: NodeAnswers;
  /** Ends the connection with a worker whose memory is needed. */
  disconnect(worker: string, reason: string): void;
}

export class WorkerEffects {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /**
   * @param arithmetic that the run is pinned to; nothing is asked of workers before.
   * @throws Error when no memory is left for a task's answer.
   */
  carryOut(effect: WorkerEffect, connection: Connection, arithmetic: Arithmetic | undefined): void {
    const { log, model } = this.#sources;
    switch (effect.type) {
      case 'prepare':
        this.#prepare(connection, (arithmetic as Arithmetic).engine);
        break;
      case 'send-weights':
        model.sendTo(connection);
        break;
      case 'assign':
        this.#assign(effect, connection);
        break;
      case 'cancel':
        connection.cancel(effect.task);
        break;
      case 'idle':
        log.info({ worker: effect.worker, reason: effect.reason }, 'worker idle');
        connection.idle(effect.reason);
        break;
    }
  }

  #prepare(connection: Connection, engine: EngineName): void {
    const { name, run } = this.#sources;
    const { training } = run.job.spec;
    const { shards } = training;
    connection.prepare({ run: name, engine, programs: run.programs, format: gradientFormat(training), shards });
  }

  #assign({ task, phase, step, batch, node }: Extract<Effect, { type: 'assign' }>, connection: Connection): void {
    const { name, inputs, model, records, answers, disconnect } = this.#sources;
    const shards =
      phase === 'gradients'
        ? inputs.training(step, node, model.states)
        : inputs.evaluation(batch, node, records.evaluationOutputs);
    answers.expect(task, connection.name, inputs.program(phase, batch), disconnect);
    connection.assign({ task, run: name, phase, shape: inputs.shape(phase, batch), step, node, shards });
  }
}
