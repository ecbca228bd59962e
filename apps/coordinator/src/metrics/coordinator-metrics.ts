// The metrics of a coordinator: hears of everything that its shells see, and serves it over HTTP.

import { type HttpServer, Metrics, serveHttp } from '@rondo/metrics';
import type { Traffic } from '@rondo/protocol';
import type { Effect, Event } from '@rondo/training';
import type { RunEntry } from '../run-entry.ts';
import type { FromRun } from '../run-thread/messages.ts';
import type { Runs } from '../runs.ts';
import type { WorkerRegistry } from '../services/work-service.ts';
import type { RunObserver } from '../training-slot.ts';
import { countRefusals } from './refusals.ts';
import { RunCounts } from './run-counts.ts';
import { RunSeries } from './run-series.ts';
import { addStateGauges } from './state-gauges.ts';

export class CoordinatorMetrics implements RunObserver {
  readonly #metrics = new Metrics();
  readonly #counts = new RunCounts(this.#metrics);
  readonly #series = new RunSeries(this.#metrics);
  /** Of the streams of workers. */
  readonly traffic: Traffic;
  readonly refusals = countRefusals(this.#metrics);

  constructor() {
    const sent = this.#metrics.counter('rondo_sent_bytes_total', 'Bytes of tensors that went to workers.');
    const received = this.#metrics.counter('rondo_received_bytes_total', 'Bytes of tensors that came from workers.');
    this.traffic = { sent: (bytes) => sent.add(bytes), received: (bytes) => received.add(bytes) };
    this.#metrics.addProcess();
  }

  started(entry: RunEntry): void {
    this.#series.started(entry);
  }

  heard(entry: RunEntry, message: FromRun): void {
    this.#counts.heard(message);
    this.#series.heard(entry, message);
  }

  decided(event: Event, effects: readonly Effect[]): void {
    this.#counts.decided(event, effects);
  }

  ended(entry: RunEntry): void {
    this.#series.ended(entry);
  }

  /**
   * @param address host:port. @param unready as in HttpOptions.
   * @throws an operating fault, `cannot-listen`.
   */
  serve(address: string, runs: Runs, registry: WorkerRegistry, unready: () => string | undefined): Promise<HttpServer> {
    addStateGauges(this.#metrics, runs, () => registry.workers);
    return serveHttp({ address, metrics: this.#metrics, unready });
  }
}
