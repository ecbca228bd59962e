// What it costs when the environment takes the choice of kernels or of cache sizes away from the BLAS library.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ProductSpeed } from './product-speed.ts';

/**
 * Measures with and without the variables, each in a process of its own: a library reads them once.
 * @param dropped what `releaseBlas` took out of the environment.
 * @returns a line, none where nothing was dropped.
 */
export async function notesOnForced(dropped: Readonly<Record<string, string>>): Promise<string[]> {
  const variables = Object.entries(dropped).map(([name, value]) => `${name}=${value}`);
  if (variables.length === 0) return [];
  const what = `${variables.join(' ')} in the environment would force kernels or cache sizes on a BLAS library`;
  const free = await measure(process.env);
  const forced = await measure({ ...process.env, ...dropped });
  return [`${what}; it is not heeded: ${costOf(forced, free)}. Unset it.`];
}

/** Below it is noise, such as where the variables are another library's. */
const leastCost = 1.1;

function costOf(forced: ProductSpeed | undefined, free: ProductSpeed | undefined): string {
  if (forced === undefined || free === undefined) return 'none computes here';
  if (free.gflops < leastCost * forced.gflops) return `with ${free.library} it would cost nothing that can be measured`;
  return `products reach ${describe(forced)} so, ${describe(free)} without`;
}

const describe = ({ library, gflops }: ProductSpeed) => `${gflops.toFixed(0)} GFLOP/s (${library})`;

/** @returns undefined where no library computes. */
async function measure(env: NodeJS.ProcessEnv): Promise<ProductSpeed | undefined> {
  const script = fileURLToPath(new URL('./product-speed.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  return stdout === '' ? undefined : JSON.parse(stdout);
}
