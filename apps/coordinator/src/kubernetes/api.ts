// The TrainingJobs of one namespace at an API server: listed, watched, and their status written.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  ApiException,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderMiddleware,
  Watch,
} from '@kubernetes/client-node';
import { CommandFault, usageStatus } from '@rondo/command';
import { group, plural, type TrainingJobResource, version } from './resource.ts';

export interface TrainingJobList {
  readonly items: readonly TrainingJobResource[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
}

export type WatchEvent = 'ADDED' | 'MODIFIED' | 'DELETED';

const requestTimeoutMs = 10_000;
/** A server ends a watch after this time, and one that says nothing any more is given up a little later. */
const watchSeconds = 240;
const watchGraceMs = 30_000;

const accountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

export class TrainingJobApi {
  readonly namespace: string;
  /** For people: where the API server is. */
  readonly server: string;
  readonly #objects: CustomObjectsApi;
  readonly #watch: Watch;

  /**
   * As the ServiceAccount of the pod that this process is in, else as $KUBECONFIG or ~/.kube/config says.
   * @param namespace default: the account's own, or the context's.
   * @throws CommandFault when there is neither.
   */
  constructor(namespace?: string) {
    const config = loadConfig();
    this.namespace = namespace ?? config.getContextObject(config.currentContext)?.namespace ?? 'default';
    this.server = config.getCurrentCluster()?.server ?? '';
    this.#objects = config.makeApiClient(CustomObjectsApi);
    this.#watch = new Watch(config);
  }

  async list(): Promise<TrainingJobList> {
    const list = await this.#objects.listNamespacedCustomObject(this.#address, timed('Accept', 'application/json'));
    return { items: list.items, resourceVersion: list.metadata.resourceVersion };
  }

  /**
   * Settles when the watch has come to an end, whatever the reason: what happened since is found by the next list, also
   * when the server has forgotten the version (410 Gone).
   * @returns why the server refused to watch at all; undefined: it did not.
   */
  watch(
    resourceVersion: string,
    heard: (event: WatchEvent, resource: TrainingJobResource) => void,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const path = `/apis/${group}/${version}/namespaces/${this.namespace}/${plural}`;
    return new Promise((resolve) => {
      const ended = new AbortController();
      const end = (error?: unknown) => {
        resolve(refusalOf(error));
        ended.abort();
      };
      const givenUp = AbortSignal.timeout(watchSeconds * 1000 + watchGraceMs);
      const stop = AbortSignal.any([signal, givenUp, ended.signal]);
      stop.addEventListener('abort', () => resolve(undefined));
      const hear = (event: string, object: TrainingJobResource) => {
        if (event === 'ERROR') end();
        else if (!stop.aborted) heard(event as WatchEvent, object);
      };
      void this.#watch.watch(path, { resourceVersion, timeoutSeconds: watchSeconds }, hear, end).then((request) => {
        if (stop.aborted) request.abort();
        else stop.addEventListener('abort', () => request.abort());
      }, end);
    });
  }

  /** @param patch a JSON merge patch. */
  async writeStatus(name: string, patch: object): Promise<void> {
    const options = timed('Content-Type', PatchStrategy.MergePatch);
    await this.#objects.patchNamespacedCustomObjectStatus({ ...this.#address, name, body: patch }, options);
  }

  get #address() {
    return { group, version, plural, namespace: this.namespace };
  }
}

function loadConfig(): KubeConfig {
  const config = new KubeConfig();
  if (process.env.KUBERNETES_SERVICE_HOST !== undefined && existsSync(accountToken)) {
    config.loadFromCluster();
    return config;
  }
  const files = process.env.KUBECONFIG ?? join(homedir(), '.kube/config');
  const fail = (what: string) => new CommandFault(`--kubernetes: ${files}: ${what}`, usageStatus);
  if (!files.split(delimiter).some(existsSync)) {
    throw fail("is not there, nor is a pod's ServiceAccount; set KUBECONFIG to a file that kubectl takes");
  }
  try {
    config.loadFromDefault();
  } catch (error) {
    throw fail(`cannot be read (${(error as Error).message})`);
  }
  if (!config.getCurrentCluster()) throw fail('names no cluster; choose one: kubectl config use-context');
  return config;
}

/** Options of a request with one header, which is given up when the server does not answer. */
function timed(header: string, value: string) {
  const { pre, post } = setHeaderMiddleware(header, value);
  const timedPre: typeof pre = (request) => {
    request.setSignal(AbortSignal.timeout(requestTimeoutMs));
    return pre(request);
  };
  return { middleware: [{ pre: timedPre, post }], middlewareMergeStrategy: 'append' as const };
}

/** Why a request failed, in one line, and what to do where that is known. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  const message = messageIn(error.body) ?? `HTTP ${error.code}`;
  const todo = remedies[error.code];
  return todo === undefined ? message : `${message}: ${todo}`;
}

/** The client gives the HTTP status of an answer that is no stream. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'statusCode' in error) || error.statusCode === 410) return undefined;
  const todo = remedies[Number(error.statusCode)];
  return todo === undefined ? error.message : `${error.message}: ${todo}`;
}

const remedies: Readonly<Record<number, string>> = {
  401: 'the kubeconfig or the ServiceAccount names nobody whom the server knows',
  403: 'kubectl apply -f deploy/kubernetes/trainingjobs/coordinator-rbac.yaml gives the rights',
  404: 'kubectl apply -f deploy/kubernetes/trainingjobs/trainingjob-crd.yaml makes TrainingJobs known',
};

function messageIn(body: unknown): string | undefined {
  try {
    const { message } = typeof body === 'string' ? JSON.parse(body) : (body as { message?: unknown });
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the server answered that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiException && error.code === 404;
}
