// The metrics of a process: what is counted as it happens, and what is read whenever somebody asks. On prom-client.

import * as prometheus from 'prom-client';

/** A label with every value that it can have: that bounds the series, and each of them begins at 0. */
export interface Label<Value extends string> {
  readonly name: string;
  readonly values: readonly Value[];
}

export interface Counter {
  add(amount: number): void;
}

export interface CounterBy<Value extends string> {
  add(value: Value, amount: number): void;
}

export interface Histogram {
  observe(amount: number): void;
}

export interface HistogramBy<Value extends string> {
  observe(value: Value, amount: number): void;
}

/** Gauges of prom-client that are named like counters. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Names follow Prometheus's conventions: units are seconds and bytes and come last, a counter's name ends in `_total`. */
export class Metrics {
  readonly #registry = new prometheus.Registry();

  /** As in an answer's header Content-Type. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** What Node knows of the process: the event loop's lag, memory, processor time, garbage collection. */
  addProcess(): void {
    prometheus.collectDefaultMetrics({ register: this.#registry });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  counter(name: string, help: string): Counter {
    const counter = new prometheus.Counter({ name, help, registers: [this.#registry] });
    return { add: (amount) => counter.inc(amount) };
  }

  counterBy<Value extends string>(name: string, help: string, label: Label<Value>): CounterBy<Value> {
    const counter = new prometheus.Counter({ name, help, labelNames: [label.name], registers: [this.#registry] });
    for (const value of label.values) counter.inc({ [label.name]: value }, 0);
    return { add: (value, amount) => counter.inc({ [label.name]: value }, amount) };
  }

  /** @param read the value now; undefined: there is none. */
  gauge(name: string, help: string, read: () => number | undefined): void {
    new prometheus.Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const value = read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  /** @param read every value of the label that there is now, with its own: the series of others go. Their number is the caller's to bound. */
  gaugeBy(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    new prometheus.Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, amount] of read()) this.set({ [label]: value }, amount);
      },
    });
  }

  /** @param buckets their upper bounds. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    const options = { name, help, buckets: [...buckets], registers: [this.#registry] };
    const histogram = new prometheus.Histogram(options);
    return { observe: (amount) => histogram.observe(amount) };
  }

  histogramBy<Value extends string>(
    name: string,
    help: string,
    label: Label<Value>,
    buckets: readonly number[],
  ): HistogramBy<Value> {
    const options = { name, help, buckets: [...buckets], labelNames: [label.name], registers: [this.#registry] };
    const histogram = new prometheus.Histogram(options);
    for (const value of label.values) histogram.zero({ [label.name]: value });
    return { observe: (value, amount) => histogram.observe({ [label.name]: value }, amount) };
  }
}
