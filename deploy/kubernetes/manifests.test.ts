// The manifests, as they are written and as every overlay makes them: what Kubernetes' schemas say of them, and what a pod
// here must and must not do.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as extensions from 'kubernetes-models/apiextensions.k8s.io/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as rbac from 'kubernetes-models/rbac.authorization.k8s.io/v1';
import * as core from 'kubernetes-models/v1';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

type Model = new (data: never) => { validate(): void };

/** Schemas of Kubernetes 1.2x and later: newer than some clusters, as policy/v1 is. */
const models: Record<string, unknown> = {
  v1: core,
  'apiextensions.k8s.io/v1': extensions,
  'apps/v1': apps,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
  'rbac.authorization.k8s.io/v1': rbac,
};

const here = import.meta.dirname;
const overlays = readdirSync(join(here, 'overlays'));
const absence = absenceOfKustomize();

function absenceOfKustomize(): string | undefined {
  const { stdout, error } = spawnSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8' });
  if (error !== undefined) return 'no kubectl: install it (Debian: kubernetes-client)';
  const { kustomizeVersion = 'before v4' } = JSON.parse(stdout) as { kustomizeVersion?: string };
  return /^v([5-9]|\d\d)/.test(kustomizeVersion) ? undefined : `kubectl has kustomize ${kustomizeVersion}, not v5`;
}

const rendered = new Map<string, readonly Document[]>();

/** By kubectl, once an overlay: each call takes half a second. */
function render(overlay: string): readonly Document[] {
  const known = rendered.get(overlay);
  if (known !== undefined) return known;
  const command = ['kustomize', join(here, 'overlays', overlay)];
  const { stdout, stderr, status } = spawnSync('kubectl', command, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const documents = documentsIn(stdout);
  rendered.set(overlay, documents);
  return documents;
}

const documentsIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Document);

/** Folders that kustomize builds from. */
const folders = ['base', 'trainingjobs', ...overlays.map((overlay) => join('overlays', overlay))];

/** The manifests of a folder that are whole by themselves, not patches. */
function written(folder: string): Document[] {
  const { resources = [] } = kustomizationOf(folder);
  const files = resources.map((name) => join(here, folder, name)).filter((path) => statSync(path).isFile());
  return files.flatMap((path) => documentsIn(readFileSync(path, 'utf8')));
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path?: string }[];
}

function kustomizationOf(folder: string): Kustomization {
  return parse(readFileSync(join(here, folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
}

/** What is wrong with a document: its schema's first word, else the paths of keys that the schema does not know. */
function faultsOf(document: Document): string[] {
  const group = models[document.apiVersion] as Record<string, Model> | undefined;
  const model = group?.[document.kind];
  if (model === undefined) return [`${document.apiVersion} ${document.kind}: no such kind`];
  const read = new Set<string>();
  try {
    model.prototype.validate.call(watched(document, '', read));
  } catch (error) {
    return [(error as Error).message];
  }
  return pathsOf(document, '').filter((path) => !read.has(path));
}

/** The same data, which notes the path of everything that is read: a validator reads every key it knows, and no other. */
function watched(data: object, path: string, read: Set<string>): object {
  return new Proxy(data, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof key !== 'string') return value;
      read.add(`${path}/${key}`);
      return typeof value === 'object' && value !== null ? watched(value, `${path}/${key}`, read) : value;
    },
  });
}

/** A custom resource's own schema is left out: the models do not look into it. */
function pathsOf(data: unknown, path: string): string[] {
  if (typeof data !== 'object' || data === null || path.endsWith('/openAPIV3Schema')) return [];
  return Object.entries(data).flatMap(([key, value]) => [`${path}/${key}`, ...pathsOf(value, `${path}/${key}`)]);
}

test('a wrong type, an unknown key and an unknown kind are found', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', labels: { any: 'key' } } };
  expect(faultsOf(service)).toEqual([]);
  expect(faultsOf({ ...service, spec: { ports: [{ port: 'x' }] } } as Document).join()).toContain('/spec/ports/0/port');
  expect(faultsOf({ ...service, spec: { ports: [{ port: 1, prot: 'TCP' }] } } as Document)).toEqual([
    '/spec/ports/0/prot',
  ]);
  expect(faultsOf({ ...service, kind: 'Servise' })).toEqual(['v1 Servise: no such kind']);
});

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string }[];
  readonly resources: Record<'requests' | 'limits', Record<string, unknown>>;
  readonly securityContext: object;
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}
interface PodSpec {
  readonly containers: readonly Container[];
}

const podsOf = (documents: readonly Document[]) =>
  documents.flatMap((document) => {
    const { spec } = document as Document & { spec?: { template?: { spec: PodSpec } } };
    return spec?.template === undefined ? [] : [spec.template.spec];
  });
const kinds = (documents: readonly Document[]) => documents.map(({ kind }) => kind);

function expectValid(documents: readonly Document[]): void {
  for (const document of documents) {
    expect(faultsOf(document), `${document.kind} ${document.metadata.name}`).toEqual([]);
  }
}

/** @param watches whether the coordinator runs TrainingJobs. */
function expectGoodPods(documents: readonly Document[], watches: boolean): void {
  const pods = podsOf(documents);
  expect(pods).toHaveLength(2);
  for (const pod of pods) {
    const isWatching = pod.containers.some(({ args }) => args.includes('--kubernetes'));
    expect(pod).toMatchObject({
      automountServiceAccountToken: isWatching && watches,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const container of pod.containers) expectGoodContainer(container);
  }
}

function expectGoodContainer(container: Container): void {
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  for (const bound of ['requests', 'limits'] as const) {
    expect(container.resources[bound]).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
  }
  expect(container.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
  expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
  expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
  expect(container.ports.map(({ name }) => name)).toContain('http');
  expect(container.args).toContain('--tls=/etc/rondo/tls');
}

describe('as they are written', () => {
  test.each(folders)('%s: what it names is there, and what is there is named', (folder) => {
    const { resources = [], components = [], patches = [] } = kustomizationOf(folder);
    const named = [...resources, ...components, ...patches.flatMap(({ path }) => path ?? [])];
    expect(named.filter((name) => !existsSync(join(here, folder, name)))).toEqual([]);
    const files = readdirSync(join(here, folder)).filter((name) => name !== 'kustomization.yaml');
    expect(files.filter((name) => !named.includes(name))).toEqual([]);
  });

  test.each(['base', 'trainingjobs'])(
    '%s: every document is valid and says nothing that Kubernetes does not know',
    (folder) => {
      expectValid(written(folder));
    },
  );

  test("the base's pods are restricted, bounded and probed", () => {
    expectGoodPods(written('base'), false);
  });
});

describe.skipIf(absence !== undefined)(`overlays${absence === undefined ? '' : ` (${absence})`}`, () => {
  test.each(overlays)('%s: every document is valid and says nothing that Kubernetes does not know', (overlay) => {
    expectValid(render(overlay));
  });

  test.each(overlays)('%s: pods are restricted, bounded and probed', (overlay) => {
    // Only a coordinator that watches TrainingJobs talks to Kubernetes' API.
    expectGoodPods(render(overlay), overlay === 'trainingjobs');
  });

  test('a worker of the overlay gpu has one GPU and nothing else to compute on', () => {
    const worker = podsOf(render('gpu')).flatMap(({ containers }) => containers)[0];
    expect(worker.resources.limits).toMatchObject({ 'nvidia.com/gpu': 1 });
    expect(worker.args).toContain('--engine=webgpu');
  });

  test('the overlay local asks for one node only: no disruption budget', () => {
    expect(kinds(render('cpu'))).toContain('PodDisruptionBudget');
    expect(kinds(render('local'))).not.toContain('PodDisruptionBudget');
  });
});
