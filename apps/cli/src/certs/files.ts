// Where certificates lie: an authority with its key, and folders that a process is given with --tls.

import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFault } from '@rondo/command';
import type { Issued } from './authority.ts';

/** @throws CommandFault when there is none. */
export async function readAuthority(folder: string): Promise<Issued> {
  const authority = await findAuthority(folder);
  if (authority !== undefined) return authority;
  throw new CommandFault(
    `${folder}: holds no authority (ca.crt and ca.key); \`rondo certs init\` makes one, --authority names it`,
  );
}

export async function findAuthority(folder: string): Promise<Issued | undefined> {
  const [certificate, key] = await Promise.all(['ca.crt', 'ca.key'].map((name) => textOf(join(folder, name))));
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** Never over another one: what it has vouched for would be worth nothing. */
export async function writeAuthority(folder: string, { certificate, key }: Issued): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of [
    ['ca.key', key],
    ['ca.crt', certificate],
  ] as const) {
    await writeFile(join(folder, name), text, { mode: modeOf(name), flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        throw new CommandFault(`${join(folder, name)} is there already, and half an authority: move it away`);
      },
    );
  }
}

/** The folder that a process is given with --tls; one that a running process reads is renewed file by file. */
export async function writeIdentity(folder: string, authority: Issued, { certificate, key }: Issued): Promise<void> {
  await replace(join(folder, 'ca.crt'), authority.certificate);
  await replace(join(folder, 'tls.key'), key);
  await replace(join(folder, 'tls.crt'), certificate);
}

export const writeToken = (file: string, token: string): Promise<void> => replace(file, `${token}\n`, 0o600);

async function replace(path: string, text: string, mode = modeOf(path)): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode });
  // The mode of a file that was there already is kept otherwise.
  await chmod(beside, mode);
  await rename(beside, path);
}

const modeOf = (path: string) => (path.endsWith('.key') ? 0o600 : 0o644);

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
