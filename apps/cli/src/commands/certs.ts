// `rondo certs`: a private authority, and certificates and tokens for coordinators, workers and people.

import { hostname } from 'node:os';
import { CommandFault, wholeNumber } from '@rondo/command';
import { type Role, workerNameFault } from '@rondo/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { findAuthority, readAuthority, writeAuthority, writeIdentity, writeToken } from '../certs/files.ts';
import { printLine } from '../terminal/output.ts';
import { folderName } from './options.ts';

/** Loading what makes certificates takes longer than most commands. */
const tools = () => import('../certs/authority.ts');

const authorityDays = 3650;
const mostDays = 36_500;

export function certsCommand(): Command {
  const certs = new Command('certs').description('certificates and tokens for a cluster, from an authority of its own');
  return [initCommand(), workerCommand(), clientCommand(), tokenCommand()].reduce(
    (parent, command) => parent.addCommand(command),
    certs,
  );
}

interface Common {
  readonly authority: string;
  readonly out: string;
  readonly days: number;
}

function initCommand(): Command {
  return common(
    'init',
    "the coordinator's certificate, and the authority itself where there is none",
    'coordinator-tls',
  )
    .option('--host <name>', 'name or address under which the coordinator is reached; repeatable', addHost, [])
    .addOption(
      new Option('--key <kind>', 'kind of the keys of a new authority, p256 unless you say').choices([
        'p256',
        'ed25519',
      ]),
    )
    .action(async ({ authority, out, days, host, key }: Common & { host: string[]; key?: 'p256' | 'ed25519' }) => {
      const { createAuthority, issue } = await tools();
      let issuer = await findAuthority(authority);
      if (issuer !== undefined && key !== undefined) {
        throw new CommandFault(
          `--key ${key} is for a new authority, and ${authority} holds one: leave it out, or name another with --authority`,
        );
      }
      if (issuer === undefined) {
        issuer = await createAuthority(key ?? 'p256', authorityDays);
        await writeAuthority(authority, issuer);
        printLine(`${authority}: a new authority; keep ca.key to yourself`);
      }
      const hosts = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...host])];
      await writeIdentity(out, issuer, await issue(issuer, { name: 'rondo-coordinator', hosts, days }));
      printLine(`${out}: the coordinator's certificate, for ${hosts.join(', ')}`);
      printLine(`next: rondo coordinator --tls ${out} --listen 0.0.0.0:7070`);
    });
}

function workerCommand(): Command {
  return common('worker', 'a certificate for workers: who has it may compute, and nothing else', 'worker-tls')
    .argument('<name>', 'with which the names of all workers that use it begin', personName)
    .action(async (name: string, { authority, out, days }: Common) => {
      await issueInto(authority, out, { name, role: 'worker', days });
      printLine(`${out}: the certificate of worker ${name}`);
      printLine(`next: rondo worker --tls ${out} --coordinator HOST:PORT`);
    });
}

function clientCommand(): Command {
  return common('client', 'a certificate for a person or a program that submits, reads and cancels', 'client-tls')
    .argument('<name>', 'who it is', personName)
    .addOption(roleOption())
    .action(async (name: string, { authority, out, days, role }: Common & { role: Role }) => {
      await issueInto(authority, out, { name, role, days });
      printLine(`${out}: the certificate of ${name}, ${role}`);
      printLine(`next: rondo jobs --tls ${out} --coordinator HOST:PORT`);
    });
}

function tokenCommand(): Command {
  return common('token', 'a bearer token for a person, instead of a certificate', 'token')
    .argument('<name>', 'who it is', personName)
    .addOption(roleOption())
    .action(async (name: string, { authority, out, days, role }: Common & { role: Role }) => {
      const { signToken } = await import('../certs/token.ts');
      const issuer = await readAuthority(authority);
      await writeToken(out, await signToken(issuer, { name, role, days }));
      printLine(`${out}: a token of ${name}, ${role}, for ${days} days`);
      printLine(
        `next: rondo jobs --tls DIR --token-file ${out} --coordinator HOST:PORT, where DIR holds ${authority}/ca.crt`,
      );
    });
}

function common(name: string, description: string, out: string): Command {
  return new Command(name)
    .description(description)
    .option('--authority <dir>', "folder of the authority's ca.crt and ca.key", folderName, 'rondo-authority')
    .option('--out <path>', 'where it goes', folderName, out)
    .option('--days <n>', 'for how long it holds', wholeNumber(1, mostDays), 365);
}

const roleOption = () =>
  new Option(
    '--role <role>',
    'viewer: reads; submitter: also submits, and steers its own runs; admin: also those of others',
  )
    .choices(['viewer', 'submitter', 'admin'])
    .default('submitter');

async function issueInto(
  folder: string,
  out: string,
  subject: { name: string; role: Role; days: number },
): Promise<void> {
  const { issue } = await tools();
  const authority = await readAuthority(folder);
  await writeIdentity(out, authority, await issue(authority, subject));
}

function personName(name: string): string {
  const fault = workerNameFault(name);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return name;
}

const addHost = (name: string, before: readonly string[]) => {
  if (!/^[\w.:*-]{1,253}$/.test(name)) throw new CommandFault(`--host ${name}: expected a name or an address`);
  return [...before, name];
};
