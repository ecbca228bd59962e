// What a measurement depends on besides Rondo: processor, versions, variables that force kernels.

import { availableParallelism, cpus, release } from 'node:os';
import { openBlas } from '@rondo/simd';
import { peers } from './peers.mjs';

/**
 * @param {{ seed: number, forced: Record<string, string>, date: string }} known `forced`: dropped from the environment
 * @returns {Promise<Record<string, string>>}
 */
export async function describeMachine({ seed, forced, date }) {
  const opened = openBlas(process.env.RONDO_BLAS);
  const blas = 'blas' in opened ? `${opened.blas.library} ${opened.blas.kernels ?? ''}, ${opened.blas.path}` : 'none';
  const dropped = Object.entries(forced).map(([name, value]) => `${name}=${value}`);
  return {
    date,
    processor: processor(),
    cores: `${availableParallelism()} of ${cpus().length}`,
    system: `${process.platform} ${release()}, ${process.arch}`,
    Node: process.version,
    "Rondo's BLAS": blas,
    ...(await peerVersions()),
    'forced variables, dropped': dropped.join(' ') || 'none',
    seed: String(seed),
  };
}

export const processor = () =>
  cpus()[0]
    .model.replaceAll(/\(R\)|\(TM\)/g, '')
    .trim();

/** What the peers say of themselves on the smallest case. */
async function peerVersions() {
  const tiny = { cell: 'lstm', vocabulary: 2, hidden: 1, layers: 1, batch: 1, time: 1, seed: 1 };
  const options = { ...tiny, learningRate: 0.1, processes: 1, symbols: 'ab' };
  /** @type {Record<string, string>} */
  const versions = {};
  for (const { name, here, start } of Object.values(peers)) {
    if (!here) continue;
    const contender = await start(options);
    const { version, oneDNN, libraries = [] } = contender.facts;
    const files = libraries.map((file) => file.split('/').at(-1));
    versions[name] = [version, oneDNN && `oneDNN ${oneDNN}`, ...files].filter(Boolean).join(', ');
    await contender.stop();
  }
  return versions;
}
