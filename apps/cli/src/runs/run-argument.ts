// RUN on the command line: a run's folder, or its name where a coordinator is named.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { ConnectionOptions } from '../cluster/coordinator-client.ts';

export type RunPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'remote'; readonly run: string; readonly connection: ConnectionOptions };

/** A coordinator on the command line is meant; one in the environment gives way to a folder that is there. */
export function placeOfRun(run: string, command: Command): RunPlace {
  const { coordinator, tls, tokenFile } = command.opts<Partial<ConnectionOptions>>();
  const fromEnvironment = command.getOptionValueSource('coordinator') === 'env';
  if (coordinator === undefined || (fromEnvironment && existsSync(run))) return { kind: 'folder', folder: run };
  return { kind: 'remote', run, connection: { coordinator, tls, tokenFile } };
}
