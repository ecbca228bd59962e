// Keeps a view of a cluster up to date: asks the coordinator every second, and listens to the run that trains.

import { setTimeout as sleep } from 'node:timers/promises';
import { CallFault, ConnectionLost } from '../cluster/call-fault.ts';
import type { CoordinatorClient } from '../cluster/coordinator-client.ts';
import { type ClusterView, emptyView, firstWanted, withList, withMetrics } from './cluster-view.ts';

const everyMs = 1000;
/** For the steps of the past to come, where one look is all there is. */
const snapshotMs = 2000;

export class Observer {
  view: ClusterView;
  readonly #client: CoordinatorClient;
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  /** The run whose metrics come. */
  #watched: string | undefined;

  /** @param changed is called when there is something new to show, at least every second. */
  constructor(client: CoordinatorClient, signal: AbortSignal, changed: () => void) {
    this.#client = client;
    this.#signal = signal;
    this.#changed = changed;
    this.view = emptyView(client.address);
  }

  /** Until the signal comes. A coordinator that is away is waited for. @throws CallFault for a caller that is refused. */
  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#look();
      this.#changed();
      // Ends early with the signal.
      await sleep(everyMs, undefined, { signal: this.#signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    try {
      this.view = withList(this.view, await this.#client.list());
      this.#follow();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      this.view = { ...this.view, fault: error.message };
    }
  }

  #follow(): void {
    const training = this.view.runs.find(({ phase }) => phase === 'training');
    if (training === undefined || training.name === this.#watched) return;
    this.#watched = training.name;
    const from = this.view.steps.at(-1)?.step ?? firstWanted(training.step) - 1;
    void this.#listen(training.name, from + 1).finally(() => {
      // The next look begins again if the run still trains.
      if (this.#watched === training.name) this.#watched = undefined;
    });
  }

  /** Whatever ends it shows in the next look, too. */
  async #listen(run: string, fromStep: number): Promise<void> {
    try {
      for await (const { metrics } of this.#client.watch(run, fromStep, this.#signal)) {
        if (this.view.training !== run) return;
        if (metrics !== undefined) this.view = withMetrics(this.view, metrics);
      }
    } catch (error) {
      if (!(error instanceof CallFault)) throw error;
    }
  }
}

/** A cluster as it is now. @throws CallFault */
export async function lookOnce(client: CoordinatorClient): Promise<ClusterView> {
  let view = withList(emptyView(client.address), await client.list());
  const training = view.runs.find(({ name }) => name === view.training);
  if (training === undefined) return view;
  const enough = AbortSignal.timeout(snapshotMs);
  for await (const { metrics } of client.watch(training.name, firstWanted(training.step), enough)) {
    if (metrics !== undefined) view = withMetrics(view, metrics);
    if ((view.steps.at(-1)?.step ?? 0) >= training.step) break;
  }
  return view;
}
