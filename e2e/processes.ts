// Real processes for tests: a coordinator and workers from the build.

import { fileURLToPath } from 'node:url';
import { LoggedProcess } from '../chaos/src/logged-process.ts';

const program = (app: string) => fileURLToPath(new URL(`../apps/${app}/bin/${app}.mjs`, import.meta.url));

/** A child whose log can be waited for. */
export class Process extends LoggedProcess {
  constructor(app: 'coordinator' | 'worker', args: readonly string[]) {
    super(process.execPath, [program(app), ...args]);
  }
}
