// Who may do what with a coordinator under TLS: certificates and tokens of every kind, good and bad, with real processes.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@rondo/protocol';
import { checkpointPath, listCheckpoints, runPaths } from '@rondo/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type Issued, issue, type KeyKind } from '../apps/cli/src/certs/authority.ts';
import { writeIdentity, writeToken } from '../apps/cli/src/certs/files.ts';
import { signToken } from '../apps/cli/src/certs/token.ts';
import { CoordinatorClient } from '../apps/cli/src/cluster/coordinator-client.ts';
import { Link } from '../chaos/src/link.ts';
import { Process } from './processes.ts';
import { rondo } from './rondo.ts';

const folder = mkdtempSync(join(tmpdir(), 'rondo-access-'));
const at = (name: string) => join(folder, name);
const text = 'the quick brown fox jumps over the lazy dog, and again. '.repeat(40);
const steps = 12;
const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: guarded }
spec:
  task: language-model
  seed: 7
  data: { text: text.txt, unit: character }
  model: { cell: gru, layers: 1, hidden: 12, embedding: 8 }
  training: { batch: 4, sequence: 16, shards: 4, steps: ${steps}, checkpointEvery: 1, keep: ${steps}, optimizer: { name: sgd, learningRate: 0.1 } }
  engine: cpu-portable
`;

const processes: Process[] = [];
let authority: Issued;
let coordinator: Process;
let address: string;

async function identity(name: string, role: Role, { by = authority, days = 1, ca = authority } = {}): Promise<string> {
  await writeIdentity(at(name), ca, await issue(by, { name, role, days }));
  return at(name);
}

/** A folder with the authority's certificate alone, and a token. */
async function token(name: string, role: Role, { by = authority, days = 1 } = {}) {
  writeFileSync(join(at('only-ca'), 'ca.crt'), authority.certificate);
  await writeToken(at(`${name}.token`), await signToken(by, { name, role, days }));
  return { tls: at('only-ca'), tokenFile: at(`${name}.token`) };
}

function startCoordinator(...flags: string[]): Process {
  const process = new Process('coordinator', ['--runs', at('runs'), '--data-root', folder, ...flags]);
  processes.push(process);
  return process;
}

function startWorker(tls: string, coordinatorAddress = address, name = 'n'): Process {
  const engine = ['--engine', 'cpu-portable', '--threads', '1', '--name', name];
  const process = new Process('worker', ['--coordinator', coordinatorAddress, '--tls', tls, ...engine]);
  processes.push(process);
  return process;
}

async function asking<T>(
  options: { tls?: string; tokenFile?: string },
  ask: (client: CoordinatorClient) => Promise<T>,
) {
  const client = new CoordinatorClient({ coordinator: address, ...options });
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}

const submit = (client: CoordinatorClient) => client.submit({ spec, file: 'spec.yaml', overrides: [] });

async function untilFinished(tls: string, run: string): Promise<void> {
  const phase = await asking({ tls }, async (client) => {
    for await (const { status: now } of client.watch(run, 1)) {
      if (now && ['PHASE_FINISHED', 'PHASE_FAILED'].includes(now.phase)) return now.phase;
    }
    return 'nothing';
  });
  expect(phase).toBe('PHASE_FINISHED');
}

beforeAll(async () => {
  writeFileSync(at('text.txt'), text);
  authority = await createAuthority('p256', 2);
  await writeIdentity(
    at('coordinator'),
    authority,
    await issue(authority, { name: 'c', hosts: ['127.0.0.1'], days: 1 }),
  );
  await writeIdentity(at('only-ca'), authority, await issue(authority, { name: 'unused', role: 'viewer', days: 1 }));
  for (const name of ['tls.crt', 'tls.key']) rmSync(join(at('only-ca'), name));
  coordinator = startCoordinator('--listen', '127.0.0.1:0', '--tls', at('coordinator'));
  address = String((await coordinator.until(({ msg }) => msg === 'listening')).address);
});
afterAll(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  rmSync(folder, { recursive: true, force: true });
});

describe('who is let in', () => {
  test.each([
    ['a submitter by certificate', () => identity('ann', 'submitter').then((tls) => ({ tls }))],
    ['an admin by certificate', () => identity('eve', 'admin').then((tls) => ({ tls }))],
    ['a submitter by token', () => token('bob', 'submitter')],
  ])('%s submits', async (_, options) => {
    const { run, faults } = await asking(await options(), submit);
    expect(faults).toEqual([]);
    await asking(await options(), (client) => client.control(run, 'ACTION_CANCEL'));
  });

  test('a viewer reads, and no more', async () => {
    const tls = await identity('vic', 'viewer');
    expect((await asking({ tls }, (client) => client.list())).runs.length).toBeGreaterThan(0);
    await expect(asking({ tls }, submit)).rejects.toThrow('vic is viewer, and this call is for submitter or admin');
  });

  test('a submitter steers its own runs, an admin those of others', async () => {
    const [ann, bob] = [{ tls: await identity('ann', 'submitter') }, await token('bob', 'submitter')];
    const { run } = await asking(ann, submit);
    const cancel = (client: CoordinatorClient) => client.control(run, 'ACTION_CANCEL');
    await expect(asking(bob, cancel)).rejects.toThrow(`${run} is ann's`);
    const admin = { tls: await identity('eve', 'admin') };
    expect((await asking(admin, cancel)).phase).toBe('PHASE_CANCELLED');
  });
});

describe('who is refused', () => {
  test('a worker that asks what people ask', async () => {
    const tls = await identity('w', 'worker');
    await expect(asking({ tls }, (client) => client.list())).rejects.toThrow('w is worker, and this call is for');
  });

  test('a person who wants to compute', async () => {
    const worker = startWorker(await identity('ann', 'submitter'));
    const { reason } = await worker.until(({ msg }) => msg.startsWith('no coordinator'));
    expect(reason).toBe('ann is submitter, and this call is for worker or admin');
    await worker.kill();
  });

  test('an admin who wants to compute under the name of another certificate', async () => {
    const worker = startWorker(await identity('eve', 'admin'), address, 'w-1');
    await worker.until(({ msg }) => msg === 'connected');
    await coordinator.until(({ msg, worker: name }) => msg === 'worker joined' && name === 'eve-w-1');
    await worker.kill();
  });

  test('a certificate of another authority', async () => {
    const other = await createAuthority('p256', 1);
    const tls = await identity('stranger', 'admin', { by: other });
    await expect(asking({ tls }, submit)).rejects.toThrow('no certificate that this authority vouches for');
  });

  test('a certificate that has signed itself', async () => {
    const self = await createAuthority('p256', 1);
    await writeIdentity(at('self'), authority, self);
    await expect(asking({ tls: at('self') }, submit)).rejects.toThrow('no certificate that this authority vouches for');
  });

  test('a certificate that has expired', async () => {
    const tls = await identity('late', 'admin', { days: 2 / 86_400 });
    const client = new CoordinatorClient({ coordinator: address, tls });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await expect(submit(client)).rejects.toThrow('no certificate that this authority vouches for');
    client.close();
    // And who reads the files after that is told at once.
    expect(() => new CoordinatorClient({ coordinator: address, tls })).toThrow(/tls.crt has expired/);
  });

  test('a certificate without a role', async () => {
    await writeIdentity(
      at('nobody'),
      authority,
      await issue(authority, { name: 'nobody', role: 'king' as Role, days: 1 }),
    );
    await expect(asking({ tls: at('nobody') }, submit)).rejects.toThrow('the certificate names no role');
  });

  test.each<[string, () => ReturnType<typeof token>, RegExp]>([
    ['of another authority', async () => token('x', 'admin', { by: await createAuthority('p256', 1) }), /not one that/],
    [
      'of a key of another kind',
      async () => token('x', 'admin', { by: await createAuthority('ed25519', 1) }),
      /not one that/,
    ],
    ['that has expired', () => token('x', 'admin', { days: -1 }), /the token has expired/],
    ['of a worker', () => token('x', 'worker'), /names no role of a person/],
  ])('a token %s', async (_, options, reason) => {
    await expect(asking(await options(), submit)).rejects.toThrow(reason);
  });

  test('neither certificate nor token, and plain text', async () => {
    expect(() => new CoordinatorClient({ coordinator: address, tls: at('only-ca') })).toThrow(/tls.crt is missing/);
    await expect(asking({}, submit)).rejects.toThrow(/no coordinator at/);
  });

  test('a coordinator that another authority vouches for', async () => {
    const other = await createAuthority('p256', 1);
    const tls = await identity('careful', 'admin', { ca: other });
    await expect(asking({ tls }, submit)).rejects.toMatchObject({
      status: 1,
      message: expect.stringMatching(/self-signed|unable to/),
    });
  });

  test('no secret is in the log', () => {
    const log = JSON.stringify(coordinator.log);
    expect(log).toContain('call refused');
    for (const secret of ['x.token', 'bob.token']) expect(log).not.toContain(readFileSync(at(secret), 'utf8').trim());
    expect(log).not.toContain('PRIVATE KEY');
  });
});

test('--listen where others can connect needs TLS, or the word that it shall be without', async () => {
  const bare = startCoordinator('--listen', '0.0.0.0:0');
  await bare.exited;
  expect(bare.child.exitCode).toBe(2);
  expect(bare.log[0].msg).toContain('say --insecure');
  const insecure = startCoordinator('--listen', '0.0.0.0:0', '--insecure');
  expect((await insecure.until(({ msg }) => msg === 'listening')).tls).toBe('none');
  await insecure.kill();
});

describe('what is on the wire', () => {
  /** Trains a run over a tapped link. @returns what passed, and what a listener would look for. */
  async function overheard(guarded: boolean): Promise<{ heard: Buffer; weights: Buffer; tokens: Buffer }> {
    const tls = guarded ? ['--tls', at('coordinator')] : [];
    const runs = at(guarded ? 'guarded-runs' : 'plain-runs');
    const own = startCoordinator('--runs', runs, '--listen', '127.0.0.1:0', ...tls);
    const ownAddress = String((await own.until(({ msg }) => msg === 'listening')).address);
    const link = await Link.open(ownAddress);
    const heard = new Map<unknown, Buffer[]>();
    link.tap = (chunk, from) => heard.set(from, [...(heard.get(from) ?? []), chunk]);
    const engine = ['--engine', 'cpu-portable', '--threads', '1'];
    const workerTls = guarded ? ['--tls', await identity('w', 'worker')] : [];
    const worker = new Process('worker', ['--coordinator', link.address, ...engine, ...workerTls]);
    processes.push(worker);
    const eve = guarded ? { tls: await identity('eve', 'admin') } : {};
    const client = new CoordinatorClient({ coordinator: ownAddress, ...eve });
    const { run } = await submit(client);
    for await (const { status: now } of client.watch(run, 1)) if (now?.phase === 'PHASE_FINISHED') break;
    client.close();
    await Promise.all([worker.kill(), own.kill()]);
    link.close();
    const vocabulary = JSON.parse(readFileSync(runPaths(join(runs, run)).preparation, 'utf8')) as { symbols: string[] };
    const ids = Int32Array.from(
      text
        .slice(0, 8)
        .split('')
        .map((symbol) => vocabulary.symbols.indexOf(symbol)),
    );
    // Steps may be quicker than the disk; the weights of any but the last went to the worker.
    const [first] = await listCheckpoints(join(runs, run));
    const stored = readFileSync(join(checkpointPath(join(runs, run), first), 'weights.safetensors'));
    return {
      heard: Buffer.concat([...heard.values()].flat()),
      weights: stored.subarray(-64),
      tokens: Buffer.from(ids.buffer),
    };
  }

  test('in plain text a listener reads weights and text; under TLS neither', async () => {
    const plain = await overheard(false);
    expect(plain.heard.includes(plain.weights)).toBe(true);
    expect(plain.heard.includes(plain.tokens)).toBe(true);
    const guarded = await overheard(true);
    expect(guarded.heard.length).toBeGreaterThan(plain.heard.length / 2);
    expect(guarded.heard.includes(guarded.weights)).toBe(false);
    expect(guarded.heard.includes(guarded.tokens)).toBe(false);
  });
});

test.each<KeyKind>(['p256', 'ed25519'])(
  'certificates of a new authority (%s) come in while a run trains',
  async (kind) => {
    const old = authority;
    const admin = await identity('eve', 'admin');
    const link = await Link.open(address);
    const worker = startWorker(await identity('w', 'worker'), link.address);
    await worker.until(({ msg }) => msg === 'connected');
    const client = new CoordinatorClient({ coordinator: address, tls: admin });
    const longer = spec.replace(`steps: ${steps}`, 'steps: 400').replace('checkpointEvery: 1', 'checkpointEvery: 50');
    const { run } = await client.submit({ spec: longer, file: 'spec.yaml', overrides: [] });
    const renewed = () => coordinator.until(({ msg }) => msg === 'new certificates are in use', coordinator.log.length);

    authority = await createAuthority(kind, 2);
    const both = { ...authority, certificate: `${old.certificate}${authority.certificate}` };
    await writeIdentity(at('w'), both, await issue(authority, { name: 'w', role: 'worker', days: 1 }));
    await writeIdentity(at('eve'), both, await issue(authority, { name: 'eve', role: 'admin', days: 1 }));
    let seen = renewed();
    await writeIdentity(at('coordinator'), both, await issue(old, { name: 'c', hosts: ['127.0.0.1'], days: 1 }));
    await seen;
    seen = renewed();
    await writeIdentity(
      at('coordinator'),
      authority,
      await issue(authority, { name: 'c', hosts: ['127.0.0.1'], days: 1 }),
    );
    await seen;
    link.cut();
    await worker.until(({ msg }) => msg === 'connected', worker.log.length);
    client.close();
    await untilFinished(at('eve'), run);
    const committed = coordinator.log.filter((line) => line.msg === 'committed' && line.run === run);
    expect(committed.map(({ step }) => step)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
    const stranger = await identity('old', 'admin', { by: old });
    await expect(asking({ tls: stranger }, (one) => one.list())).rejects.toThrow('no certificate that this authority');
    await worker.kill();
    link.close();
  },
  60_000,
);

describe('what does not take a coordinator down', () => {
  const works = async () => {
    const tls = await identity('vic', 'viewer');
    expect((await asking({ tls }, (client) => client.list())).runs.length).toBeGreaterThan(0);
  };

  test('connections that begin and do not go on', async () => {
    const { hostname, port } = new URL(`tcp://${address}`);
    const sockets = Array.from({ length: 600 }, () => connect(Number(port), hostname));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    // The first bytes of a handshake, from every other one.
    for (const [i, socket] of sockets.entries())
      if (i % 2 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    await works();
    for (const socket of sockets) socket.destroy();
    await works();
  });

  test('callers without a certificate who hold all the connections that they may', async () => {
    const ca = readFileSync(join(await identity('vic', 'viewer'), 'ca.crt'));
    const sessions = Array.from({ length: 300 }, () => http2.connect(`https://${address}`, { ca }));
    for (const session of sessions) session.on('error', () => {});
    await Promise.all(sessions.map((session) => once(session, 'connect')));
    await works();
    const refused = coordinator.log.filter(({ msg }) => msg === 'connection refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(String(refused[0].reason)).toMatch(/holds 256 connections already/);
    for (const session of sessions) session.destroy();
    await works();
  });

  test('headers without end', async () => {
    const tls = await identity('vic', 'viewer');
    const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((name) => readFileSync(join(tls, name)));
    const refusals = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const session = http2.connect(`https://${address}`, {
          ca,
          cert,
          key,
          maxSendHeaderBlockLength: 2 ** 22,
        } as never);
        session.on('error', () => {});
        const headers = { ':path': '/rondo.v1.JobService/List', ':method': 'POST', 'content-type': 'application/grpc' };
        const call = session.request({ ...headers, 'x-flood': 'x'.repeat(2 ** 20) });
        const refused = await Promise.race([
          once(call, 'response').then(() => false),
          ...['error', 'close'].map((event) => once(call, event).then(() => true)),
        ]).catch(() => true);
        session.destroy();
        return refused;
      }),
    );
    expect(refusals.every(Boolean)).toBe(true);
    await works();
  });
});

test('the commands make certificates that work', async () => {
  const certs = (...args: string[]) => rondo(folder, 'certs', ...args);
  expect((await certs('init', '--out', 'c2', '--authority', 'a2')).status).toBe(0);
  expect((await certs('client', 'zoe', '--out', 'z2', '--authority', 'a2', '--role', 'viewer')).status).toBe(0);
  expect((await certs('token', 'zoe', '--out', 't2', '--authority', 'a2', '--role', 'viewer')).status).toBe(0);
  expect(await certs('init', '--key', 'ed25519', '--out', 'c3', '--authority', 'a2')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('--key ed25519 is for a new authority, and a2 holds one'),
  });
  expect(await certs('worker', 'w', '--authority', 'nowhere')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('holds no authority'),
  });
  const own = startCoordinator('--listen', '127.0.0.1:0', '--tls', at('c2'));
  const ownAddress = String((await own.until(({ msg }) => msg === 'listening')).address);
  const jobs = await rondo(folder, 'jobs', '--coordinator', ownAddress, '--tls', 'z2');
  expect(jobs).toMatchObject({ status: 0, stdout: expect.stringContaining('guarded') });
  rmSync(join(at('z2'), 'tls.crt'));
  const byToken = await rondo(folder, 'jobs', '--coordinator', ownAddress, '--tls', 'z2', '--token-file', 't2');
  expect(byToken.status).toBe(0);
  await own.kill();
});
