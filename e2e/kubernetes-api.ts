// A small API server for tests: it lists and watches TrainingJobs and takes merge patches of their status, over real HTTPS.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TrainingJobResource } from '../apps/coordinator/src/kubernetes/resource.ts';
import type { JobStatus } from '../apps/coordinator/src/kubernetes/status.ts';

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

interface Event {
  readonly version: number;
  readonly type: EventType;
  readonly object: object;
}

interface Write {
  readonly atMs: number;
  readonly uid: string;
  readonly status: JobStatus;
}

const token = randomUUID();
const namespace = 'training';
const path = `/apis/rondo.dev/v1/namespaces/${namespace}/trainingjobs`;

export class KubernetesApi {
  /** Every write of a status that was taken. */
  readonly writes: Write[] = [];
  /** Whether the coordinator has the right to watch. */
  watchable = true;
  readonly #identity: { readonly certificate: string; readonly key: string };
  readonly #authority: string;
  readonly #resources = new Map<string, TrainingJobResource>();
  readonly #watches = new Set<ServerResponse>();
  #events: Event[] = [];
  #version = 1;
  #port = 0;
  #server: Server | undefined;

  /** @param authority PEM of the certificate that vouches for the server's own. */
  constructor(authority: string, identity: { readonly certificate: string; readonly key: string }) {
    this.#authority = authority;
    this.#identity = identity;
  }

  /** Begins to answer, on the same port as before. */
  async open(): Promise<void> {
    const { certificate: cert, key } = this.#identity;
    this.#server = createServer({ cert, key }, (request, response) => void this.#answer(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Is away: connections break, and nobody answers. */
  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server !== undefined) await once(this.#server, 'close');
    this.#server = undefined;
  }

  /** For KUBECONFIG. */
  kubeconfig(): string {
    const server = `https://127.0.0.1:${this.#port}`;
    const data = Buffer.from(this.#authority).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': data } }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace } }],
      'current-context': 'x',
    });
  }

  /** As `kubectl apply` does. */
  apply(name: string, spec: object): void {
    const old = this.#resources.get(name);
    const metadata = {
      name,
      namespace,
      uid: old?.metadata.uid ?? randomUUID(),
      generation: (old?.metadata.generation ?? 0) + 1,
      creationTimestamp: old?.metadata.creationTimestamp ?? new Date().toISOString(),
    };
    this.#store(old ? 'MODIFIED' : 'ADDED', { metadata, spec, ...(old?.status && { status: old.status }) });
  }

  delete(name: string): void {
    const resource = this.get(name);
    this.#resources.delete(name);
    this.#tell('DELETED', resource);
  }

  /** Forgets what has happened until now, as compaction does: an older version is gone. */
  forget(): void {
    this.#version += 1;
    this.#events = [];
    for (const watch of this.#watches) watch.end();
  }

  get(name: string): TrainingJobResource {
    const resource = this.#resources.get(name);
    if (resource === undefined) throw new Error(`no ${name}`);
    return resource;
  }

  status(name: string): Partial<JobStatus> {
    return this.get(name).status ?? {};
  }

  /** `True: message` or `False: message`. */
  condition(name: string, type: string): string {
    const found = this.status(name).conditions?.find((condition) => condition.type === type);
    return `${found?.status} ${found?.reason}: ${found?.message}`;
  }

  #store(type: EventType, resource: TrainingJobResource): void {
    this.#resources.set(resource.metadata.name, resource);
    this.#tell(type, resource);
  }

  #tell(type: EventType, object: object): void {
    this.#version += 1;
    const event = { version: this.#version, type, object };
    this.#events.push(event);
    for (const watch of this.#watches) send(watch, event);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url as string, 'https://api');
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401, 'Unauthorized');
    if (request.method === 'PATCH') return this.#patch(url.pathname, request, response);
    if (request.method !== 'GET' || url.pathname !== path) return refuse(response, 404, `no ${url.pathname}`);
    if (url.searchParams.get('watch') === 'true') {
      if (!this.watchable) return refuse(response, 403, 'Forbidden');
      this.#watch(Number(url.searchParams.get('resourceVersion')), response);
    } else {
      const items = [...this.#resources.values()];
      json(response, 200, { kind: 'TrainingJobList', metadata: { resourceVersion: `${this.#version}` }, items });
    }
  }

  #watch(since: number, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const oldest = this.#events[0]?.version ?? this.#version;
    if (since + 1 < oldest) {
      send(response, { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } });
      response.end();
      return;
    }
    for (const event of this.#events.filter(({ version }) => version > since)) send(response, event);
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
  }

  async #patch(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = pathname.slice(path.length + 1).replace(/\/status$/, '');
    const resource = this.#resources.get(name);
    if (pathname !== `${path}/${name}/status` || resource === undefined) return refuse(response, 404, `no ${pathname}`);
    if (request.headers['content-type'] !== 'application/merge-patch+json')
      return refuse(response, 415, 'no merge patch');
    const patch = JSON.parse(await text(request)) as { status: object };
    const merged = Object.entries({ ...resource.status, ...patch.status }).filter(([, value]) => value !== null);
    const status = Object.fromEntries(merged) as unknown as JobStatus;
    this.writes.push({ atMs: performance.now(), uid: resource.metadata.uid, status });
    this.#store('MODIFIED', { ...resource, status });
    json(response, 200, this.get(name));
  }
}

function send(response: ServerResponse, { type, object }: { type: string; object: object }): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, message: string): void {
  json(response, code, { kind: 'Status', status: 'Failure', code, message });
}
