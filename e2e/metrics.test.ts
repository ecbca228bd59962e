// Metrics and probes of a real cluster, scraped by a real Prometheus; the alert rules and the dashboard beside it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CoordinatorClient } from '../apps/cli/src/cluster/coordinator-client.ts';
import { Process } from './processes.ts';
import { rondo } from './rondo.ts';

const monitoring = join(import.meta.dirname, '../deploy/monitoring');
const read = (name: string) => readFileSync(join(monitoring, name), 'utf8');
const steps = 100_000;
const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: measured }
spec:
  task: language-model
  seed: 5
  data: { text: text.txt, unit: character, validation: 0.1 }
  model: { cell: rnn, layers: 1, hidden: 8, embedding: 4 }
  training:
    batch: 4
    sequence: 8
    shards: 2
    optimizer: { name: sgd, learningRate: 0.1 }
    steps: ${steps}
    validateEvery: 30
    checkpointEvery: 20
  engine: cpu-portable
`;

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

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** What a text of /metrics tells of its metrics, apart from values. */
function metricsIn(text: string): Metric[] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n((?:[^#\n].*\n)*)/gm)].map(
    ([, name, help, type, samples]) => {
      const labels = [...samples.matchAll(/[{,](\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le');
      return { name, type, help, labels: [...new Set(labels)] };
    },
  );
}

const sampleOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );

async function everyMetric(): Promise<Metric[]> {
  const texts = await Promise.all([http.coordinator, http.worker].map((host) => ask(host, '/metrics')));
  return texts.flatMap(({ body }) => metricsIn(body));
}

beforeAll(async () => {
  writeFileSync(join(folder, 'text.txt'), 'to be or not to be, that is the question. '.repeat(20));
  const flags = ['--listen', '127.0.0.1:0', '--runs', join(folder, 'runs'), '--data-root', folder];
  const coordinator = await startServing('coordinator', flags);
  address = String((await coordinator.process.until(({ msg }) => msg === 'listening')).address);
  const engine = ['--engine', 'cpu-portable', '--threads', '1', '--name', 'w'];
  const worker = await startServing('worker', ['--coordinator', address, ...engine]);
  http = { coordinator: coordinator.http, worker: worker.http };
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
  const rows = readFileSync(join(import.meta.dirname, '../docs/metrics.md'), 'utf8').matchAll(
    /^\| `(rondo_\w+)` \| (\w+) \| ([^|]*) \| (.+) \|$/gm,
  );
  const documented = [...rows].map(([, name, type, labels, help]) => {
    return { name, type, help, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) };
  });
  const exported = (await everyMetric()).filter(({ name }) => name.startsWith('rondo_'));
  const byName = (a: Metric, b: Metric) => (a.name < b.name ? -1 : 1);
  expect(documented.sort(byName)).toEqual(exported.sort(byName));
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

  test('every alert rule has a test', () => {
    const names = (text: string) => [...new Set([...text.matchAll(/alert(?:name)?: (\w+)/g)].map(([, name]) => name))];
    expect(names(read('alerts.test.yml')).sort()).toEqual(names(read('alerts.yml')).sort());
  });

  describe('that scrapes the cluster', () => {
    let prometheus: ChildProcess;
    let api: string;
    const query = async (expression: string): Promise<{ value: [number, string] }[]> => {
      const { body } = await ask(api, `/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { status, data, error } = JSON.parse(body);
      if (status !== 'success') throw new Error(`${expression}: ${error}`);
      return data.result;
    };

    beforeAll(async () => {
      // The example, with this cluster's addresses.
      const config = read('prometheus.yml')
        .replaceAll('15s', '500ms')
        .replace('alerts.yml', join(monitoring, 'alerts.yml'))
        .replace('localhost:9464', http.coordinator)
        .replace('localhost:9465', http.worker);
      writeFileSync(join(folder, 'prometheus.yml'), config);
      const flags = {
        'config.file': 'prometheus.yml',
        'storage.tsdb.path': 'tsdb',
        'web.listen-address': '127.0.0.1:0',
      };
      const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
      prometheus = spawn('prometheus', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      api = await new Promise((resolve, reject) => {
        const said: string[] = [];
        createInterface({ input: prometheus.stderr as NodeJS.ReadableStream })
          .on('line', (line) => {
            said.push(line);
            const listening = /Listening on" address=(\S+)/.exec(line)?.[1];
            if (listening !== undefined) resolve(listening);
          })
          .on('close', () => reject(new Error(said.join('\n'))));
      });
      await eventually(
        () => ask(api, '/-/ready'),
        ({ status }) => status === 200,
      );
      await eventually(
        () => query('rate(rondo_steps_committed_total[5s]) > 0'),
        (found) => found.length > 0,
      );
    });
    afterAll(async () => {
      prometheus.kill();
      await once(prometheus, 'exit');
    });

    test('both targets are up, and no rule fires', async () => {
      expect((await query('up')).map(({ value }) => value[1])).toEqual(['1', '1']);
      expect((await query('scrape_samples_scraped > 50')).length).toBe(2);
      expect(await query('ALERTS{alertstate="firing"}')).toEqual([]);
    });

    test('every panel of the dashboard has something to show', async () => {
      const empty: string[] = [];
      for (const [title, expression] of expressions) {
        const filled = expression.replaceAll('$__rate_interval', '5s').replaceAll('$run', '.*');
        if ((await query(filled)).length === 0) empty.push(`${title}: ${filled}`);
      }
      expect(empty).toEqual([]);
    });
  });
});

test('a worker without a coordinator is not ready, and says why; refused calls are counted', async () => {
  const { status, stderr } = await rondo(folder, 'pause', 'nothing-1', '--coordinator', address);
  expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no run nothing-1') });
  const { body } = await ask(http.coordinator, '/metrics');
  expect(sampleOf(body, 'rondo_calls_refused_total{reason="not_found"}')).toBe(1);
  const [coordinator] = processes;
  await coordinator.kill('SIGTERM');
  expect(await ready(http.worker, 503)).toEqual({ status: 503, body: 'not connected to a coordinator\n' });
  expect((await ask(http.worker, '/healthz')).status).toBe(200);
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
