// The metrics of a worker: what its session does, and whether it has a coordinator.

import { type HttpServer, Metrics, serveHttp } from '@rondo/metrics';
import type { Traffic } from '@rondo/protocol';
import type { ComputedNode } from './compute/node-task.ts';
import type { SessionObserver } from './session.ts';

export class WorkerMetrics implements SessionObserver {
  readonly #metrics = new Metrics();
  readonly #tasks;
  readonly #computeSeconds;
  readonly #tokens;
  readonly #reconnections;
  readonly traffic: Traffic;
  #connected = false;
  #connections = 0;

  constructor() {
    const metrics = this.#metrics;
    this.#tasks = metrics.counterBy('rondo_worker_tasks_total', 'Nodes that the coordinator asked for, by their end.', {
      name: 'outcome',
      values: ['computed', 'failed', 'cancelled'],
    });
    this.#computeSeconds = metrics.counter(
      'rondo_worker_compute_seconds_total',
      'Time in which at least one compute thread was at a node that was computed to its end.',
    );
    this.#tokens = metrics.counter(
      'rondo_worker_tokens_total',
      'Targets (tokens) of the nodes that were computed, those of validations included.',
    );
    this.#reconnections = metrics.counter(
      'rondo_worker_reconnections_total',
      'Connections to the coordinator after the first one.',
    );
    metrics.gauge('rondo_worker_connected', '1 while the worker has a coordinator, else 0.', () =>
      Number(this.#connected),
    );
    const sent = metrics.counter('rondo_worker_sent_bytes_total', 'Bytes of tensors that went to the coordinator.');
    const received = metrics.counter(
      'rondo_worker_received_bytes_total',
      'Bytes of tensors that came from the coordinator.',
    );
    this.traffic = { sent: (bytes) => sent.add(bytes), received: (bytes) => received.add(bytes) };
    metrics.addProcess();
  }

  connected(): void {
    if (this.#connections > 0) this.#reconnections.add(1);
    this.#connections += 1;
    this.#connected = true;
  }

  disconnected(): void {
    this.#connected = false;
  }

  computed({ weight, seconds }: ComputedNode): void {
    this.#tasks.add('computed', 1);
    this.#computeSeconds.add(seconds);
    this.#tokens.add(weight);
  }

  failed(): void {
    this.#tasks.add('failed', 1);
  }

  cancelled(): void {
    this.#tasks.add('cancelled', 1);
  }

  /** Ready while there is a coordinator. @param address host:port. @throws an operating fault, `cannot-listen`. */
  serve(address: string): Promise<HttpServer> {
    const unready = () => (this.#connected ? undefined : 'not connected to a coordinator');
    return serveHttp({ address, metrics: this.#metrics, unready });
  }
}
