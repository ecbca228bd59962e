// Metrics and probes of a real cluster, scraped by a real Prometheus; the alert rules and the dashboard beside it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CoordinatorClient } from '../apps/cli/src/cluster/coordinator-client.ts';
import { type Metric, metricsIn, sampleOf } from './metrics-text.ts';
import { Process } from './processes.ts';
import { Prometheus } from './prometheus.ts';
import { rondo } from './rondo.ts';
import { smallSpec, smallText } from './small-spec.ts';

const monitoring = join(import.meta.dirname, '../deploy/monitoring');
const read = (name: string) => readFileSync(join(monitoring, name), 'utf8');
const docs = readFileSync(join(import.meta.dirname, '../docs/metrics.md'), 'utf8');
const steps = 100_000;
const training = `shards: 2, steps: ${steps}, validateEvery: 30, checkpointEvery: 20`;
const spec = smallSpec('measured', 'cpu-portable', training);

const folder = mkdtempSync(join(tmpdir(), 'rondo-metrics-'));
const processes: Process[] = [];
let address: string;
let client: CoordinatorClient;
/** host:port of the coordinator's metrics, and of the worker's. */
let http: { readonly coordinator: string; readonly worker: string };

async function startServing(app: 'coordinator' | 'worker', flags: readonly string[]) {
  const process = new Process(app, [...flags, '--http', '127.0.0.1:0']);
  processes.push(process);
  const line = await process.until((one) => one.http !== undefined);
  return { process, http: String(line.http) };
}

/** @returns host:port of its metrics. */
async function startCoordinator(listen: string): Promise<string> {
  const flags = ['--listen', listen, '--runs', join(folder, 'runs'), '--data-root', folder];
  const coordinator = await startServing('coordinator', flags);
  address = String((await coordinator.process.until(({ msg }) => msg === 'listening')).address);
  return coordinator.http;
}

async function ask(host: string, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${host}${path}`);
  return { status: response.status, body: await response.text() };
}

/** Asks until the answer is as it should be; else the test runs out of time. */
async function eventually<T>(question: () => Promise<T>, isAnswer: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await question();
    if (isAnswer(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ready = (host: string, status: number) =>
  eventually(
    () => ask(host, '/readyz'),
    (answer) => answer.status === status,
  );

async function everyMetric(): Promise<Metric[]> {
  const texts = await Promise.all([http.coordinator, http.worker].map((host) => ask(host, '/metrics')));
  return texts.flatMap(({ body }) => metricsIn(body));
}

beforeAll(async () => {
  writeFileSync(join(folder, 'text.txt'), smallText);
  const coordinator = await startCoordinator('127.0.0.1:0');
  const engine = ['--engine', 'cpu-portable', '--threads', '1', '--name', 'w'];
  const worker = await startServing('worker', ['--coordinator', address, ...engine]);
  http = { coordinator, worker: worker.http };
  client = new CoordinatorClient({ coordinator: address });
  await ready(http.worker, 200);
  await client.submit({ spec, file: 'spec.yaml', overrides: [] });
  for await (const { metrics } of client.watch('measured-1', 1)) {
    if (metrics !== undefined && JSON.parse(metrics).step >= 31) break;
  }
});
afterAll(async () => {
  client?.close();
  await Promise.all(processes.map((process) => process.kill()));
  rmSync(folder, { recursive: true, force: true });
});

test('the metrics of a run that trains', async () => {
  expect(await ready(http.coordinator, 200)).toEqual({ status: 200, body: 'OK\n' });
  const { body: coordinator } = await eventually(
    () => ask(http.coordinator, '/metrics'),
    ({ body }) =>
      sampleOf(body, 'rondo_checkpoint_write_seconds_count') > 0 && body.includes('rondo_run_checkpoint_bytes{'),
  );
  const at = (series: string) => sampleOf(coordinator, series);
  const committed = at('rondo_steps_committed_total');
  expect(committed).toBeGreaterThanOrEqual(31);
  expect(at('rondo_tokens_total')).toBe(32 * committed);
  expect(at('rondo_step_seconds_count')).toBe(committed);
  const phases = ['wait', 'send', 'compute', 'sum', 'optimizer'];
  const ofPhases = phases.map((phase) => at(`rondo_step_phase_seconds_sum{phase="${phase}"}`));
  // Whatever is not one of the others is waiting, unless measured times overlap.
  expect(ofPhases.reduce((sum, value) => sum + value)).toBeGreaterThan(0.99 * at('rondo_step_seconds_sum'));
  expect(at('rondo_validation_seconds_count')).toBeGreaterThanOrEqual(1);
  expect(at('rondo_runs{phase="training"}')).toBe(1);
  const connected = ['computing', 'ready', 'late', 'silent', 'leaving', 'idle'];
  expect(connected.map((state) => at(`rondo_workers{state="${state}"}`)).reduce((sum, n) => sum + n)).toBe(1);
  expect(at('rondo_run_step{run="measured-1"}')).toBeGreaterThanOrEqual(committed);
  expect(at('rondo_run_steps{run="measured-1"}')).toBe(steps);
  expect(at('rondo_run_loss{run="measured-1"}')).toBeGreaterThan(0.5);
  expect(at('rondo_run_validation_loss{run="measured-1"}')).toBeGreaterThan(0.5);
  expect(at('rondo_run_checkpoint_bytes{run="measured-1"}')).toBeGreaterThan(1000);
  expect(Math.abs(Date.now() / 1000 - at('rondo_run_checkpoint_timestamp_seconds{run="measured-1"}'))).toBeLessThan(60);

  const { body: worker } = await ask(http.worker, '/metrics');
  expect(sampleOf(worker, 'rondo_worker_connected')).toBe(1);
  expect(sampleOf(worker, 'rondo_worker_tasks_total{outcome="computed"}')).toBeGreaterThan(committed);
  expect(sampleOf(worker, 'rondo_worker_tokens_total')).toBeGreaterThan(32 * committed);
  // What one end sends the other receives, and this was asked a little later.
  expect(sampleOf(worker, 'rondo_worker_received_bytes_total')).toBeGreaterThanOrEqual(
    0.9 * at('rondo_sent_bytes_total'),
  );
  expect(sampleOf(worker, 'rondo_worker_sent_bytes_total')).toBeGreaterThanOrEqual(at('rondo_received_bytes_total'));
  expect(at('rondo_received_bytes_total')).toBeGreaterThan(0);
});

test('every metric is in docs/metrics.md, and nothing else', async () => {
  const rows = docs.matchAll(/^\| `(rondo_\w+)` \| (\w+) \| ([^|]*) \| (.+) \|$/gm);
  const documented = [...rows].map(([, name, type, labels, help]) => {
    return { name, type, help, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) };
  });
  const exported = (await everyMetric()).filter(({ name }) => name.startsWith('rondo_'));
  const byName = (a: Metric, b: Metric) => (a.name < b.name ? -1 : 1);
  expect(documented.sort(byName)).toEqual(exported.sort(byName));
});

test('every alert rule has a test, and its line in docs/metrics.md', () => {
  const names = (text: string, form: RegExp) => [...new Set([...text.matchAll(form)].map(([, name]) => name))].sort();
  const rules = names(read('alerts.yml'), /alert: (\w+)/g);
  expect(names(read('alerts.test.yml'), /alertname: (\w+)/g)).toEqual(rules);
  expect(names(docs, /^\| `(Rondo\w+)` \|/gm)).toEqual(rules);
});

/** Metrics that expressions name. */
const namedIn = (expressions: string) => [...new Set(expressions.match(/\b(rondo|nodejs|process)_\w+/g))];

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: readonly Panel[] };
const expressions = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }): [string, string] => [title, expr]),
);

test('every metric of the dashboard and of the alert rules is there', async () => {
  const series = (await everyMetric()).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const inRules = [...read('alerts.yml').matchAll(/expr: (?:>-\n)?([\s\S]*?)\n {8}\w+:/g)].map(([, expr]) => expr);
  expect(inRules).toHaveLength(read('alerts.yml').match(/- alert:/g)?.length as number);
  const named = namedIn([...inRules, ...expressions.map(([, expr]) => expr)].join('\n'));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !series.includes(name))).toEqual([]);
});

const missing = ['prometheus', 'promtool'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
const absence =
  missing.length === 0 || process.env.RONDO_REQUIRE_PROMETHEUS === '1'
    ? undefined
    : `${missing.join(' and ')} missing: apt-get install prometheus`;
if (absence !== undefined) console.warn(`nothing is tested on Prometheus: ${absence}`);

describe.skipIf(absence !== undefined)(`on Prometheus${absence ? ` (skipped: ${absence})` : ''}`, () => {
  const promtool = (args: readonly string[], input = '') => {
    const { status, stdout, stderr, error } = spawnSync('promtool', args, { cwd: monitoring, input, encoding: 'utf8' });
    return error ?? { status, complaints: status === 0 ? stderr : `${stdout}${stderr}` };
  };

  test('promtool has nothing to say against the metrics', async () => {
    for (const host of [http.coordinator, http.worker]) {
      const { body } = await ask(host, '/metrics');
      expect(promtool(['check', 'metrics'], body)).toEqual({ status: 0, complaints: '' });
    }
  });

  test.each([
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('promtool %s %s %s', (...args) => {
    expect(promtool(args)).toEqual({ status: 0, complaints: '' });
  });

  describe('that scrapes the cluster', () => {
    let prometheus: Prometheus;
    const query = (expression: string) => prometheus.query(expression);
    beforeAll(async () => {
      // The example, with this cluster's addresses.
      const config = read('prometheus.yml')
        .replaceAll('15s', '500ms')
        .replace('alerts.yml', join(monitoring, 'alerts.yml'))
        .replace('localhost:9464', http.coordinator)
        .replace('localhost:9465', http.worker);
      prometheus = await Prometheus.start(folder, config);
      await eventually(
        // Of two scrapes at least.
        () => query('rate(process_cpu_seconds_total{job=~"rondo-.+"}[1m])'),
        (found) => found.length === 2,
      );
    });
    afterAll(() => prometheus?.stop());

    test('both targets are up, and no rule fires', async () => {
      expect((await query('up')).map(({ value }) => value[1])).toEqual(['1', '1']);
      expect((await query('scrape_samples_scraped > 50')).length).toBe(2);
      expect(await query('ALERTS{alertstate="firing"}')).toEqual([]);
    });

    test('every panel of the dashboard has something to show', async () => {
      const empty: string[] = [];
      for (const [title, expression] of expressions) {
        const filled = expression.replaceAll('$__rate_interval', '1m').replaceAll('$run', '.*');
        if ((await query(filled)).length === 0) empty.push(`${title}: ${filled}`);
      }
      expect(empty).toEqual([]);
    });
  });
});

test('refused calls are counted by reason', async () => {
  expect(await rondo(folder, 'pause', 'nothing-1', '--coordinator', address)).toMatchObject({ status: 1 });
  const { body } = await ask(http.coordinator, '/metrics');
  expect(sampleOf(body, 'rondo_calls_refused_total{reason="not_found"}')).toBe(1);
  expect(sampleOf(body, 'rondo_calls_refused_total{reason="internal"}')).toBe(0);
});

test('a worker is not ready while it has no coordinator; the age of a checkpoint outlives a restart', async () => {
  await processes[0].kill();
  expect(await ready(http.worker, 503)).toEqual({ status: 503, body: 'not connected to a coordinator\n' });
  expect((await ask(http.worker, '/healthz')).status).toBe(200);

  const next = await startCoordinator(address);
  await ready(next, 200);
  await ready(http.worker, 200);
  expect(sampleOf((await ask(http.worker, '/metrics')).body, 'rondo_worker_reconnections_total')).toBe(1);
  const { body } = await eventually(
    () => ask(next, '/metrics'),
    (answer) => answer.body.includes('rondo_run_checkpoint_step{'),
  );
  expect(sampleOf(body, 'rondo_run_checkpoint_step{run="measured-1"}')).toBeGreaterThanOrEqual(20);
});

test('an address that is taken is one clear error, and the end', async () => {
  const flags = ['--listen', '127.0.0.1:0', '--runs', join(folder, 'others'), '--http', http.worker];
  const [taken, bad] = await Promise.all([
    rondo(folder, 'coordinator', ...flags),
    rondo(folder, 'coordinator', '--http', '9464'),
  ]);
  expect(taken).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^rondo: cannot serve HTTP on 127\.0\.0\.1:\d+: listen EADDRINUSE/),
  });
  expect(bad).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("argument '9464' is invalid. Expected host:port"),
  });
});
