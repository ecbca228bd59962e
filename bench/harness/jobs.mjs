// Jobs of real processes: a text of random symbols, a spec, `rondo train`, and a coordinator with workers of its own.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hashOf, mix } from '@rondo/rnn-core';
import { median } from './statistics.mjs';

const program = join(import.meta.dirname, '../../apps/cli/bin/rondo.mjs');

/** 65 of them, as the peers' vocabulary has. */
export const symbols = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,';

/** A folder with a text of random symbols and a spec. @param {number} seed
 * @param {{ model: object, training: object }} options @returns {string} */
export function createJob(seed, { model, training }) {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-bench-'));
  const key = hashOf(seed);
  const draw = (/** @type {unknown} */ _, /** @type {number} */ i) => symbols[mix(key, i) % symbols.length];
  writeFileSync(join(folder, 'text.txt'), Array.from({ length: 300_000 }, draw).join(''));
  const spec = {
    task: 'language-model',
    seed,
    data: { text: 'text.txt', unit: 'character', validation: 0.02 },
    model,
    training: { optimizer: { name: 'adam', learningRate: 0.001 }, ...training },
    engine: 'cpu',
  };
  // JSON is YAML.
  const job = { apiVersion: 'rondo.dev/v1', kind: 'TrainingJob', metadata: { name: 'bench' }, spec };
  writeFileSync(join(folder, 'spec.yaml'), JSON.stringify(job, undefined, 2));
  return folder;
}

/** @param {string} folder */
export const removeJob = (folder) => rmSync(folder, { recursive: true, force: true });

/** Runs a command to its end. @param {readonly string[]} words @param {{ cwd?: string, shell?: boolean }} options
 * @returns {Promise<string>} standard output @throws Error with what it said when it fails. */
export function run([command, ...words], options = {}) {
  const child = spawn(command, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => {
      if (status === 0) resolve(output.stdout);
      else
        reject(new Error(`${[command, ...words].join(' ')} failed: ${(output.stderr || output.stdout).slice(-2000)}`));
    });
  });
}

/** The command `rondo`. @param {string} cwd @param {string[]} words */
export const rondo = (cwd, ...words) => run([process.execPath, program, ...words], { cwd });

/** @param {string} folder of a run @returns {Record<string, any>[]} */
export const metricsOf = (folder) =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The median of every number that the steps' lines have, for the report's JSON: where a step went.
 * @param {readonly object[]} lines @returns {Record<string, number>} */
export function mediansOf(lines) {
  const all = lines.map((line) => Object.fromEntries(numbersOf(line)));
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, median(all.map((line) => line[name]))]));
}

/** @typedef {[name: string, value: number]} Named */

/** @param {object} line @returns {Named[]} those within it as `outer.inner` */
function numbersOf(line) {
  return Object.entries(line).flatMap(
    /** @returns {Named[]} */ ([name, value]) => {
      if (typeof value === 'number') return [[name, value]];
      if (value === null || typeof value !== 'object') return [];
      return numbersOf(value).map(([inner, number]) => [`${name}.${inner}`, number]);
    },
  );
}

/**
 * A coordinator as a process of its own, for what a run leaves in its process or sends through its port.
 * @param {string} folder its runs' and its data's
 */
export async function startCoordinator(folder) {
  const words = ['coordinator', '--listen', '127.0.0.1:0', '--runs', join(folder, 'runs'), '--data-root', folder];
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, RONDO_LOG_LEVEL: 'info' },
  });
  /** @type {string} */
  const address = await new Promise((found, failed) => {
    child.once('close', () => failed(new Error('the coordinator ended')));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const entry = line.startsWith('{') ? JSON.parse(line) : {};
      if (entry.msg === 'listening') found(entry.address);
    });
  });
  return { pid: /** @type {number} */ (child.pid), address, stop: () => stop(child) };
}

/** @param {string} address */
export function startWorker(address) {
  const words = ['worker', '--coordinator', address, '--engine', 'cpu'];
  const child = spawn(process.execPath, [program, ...words], { stdio: 'ignore' });
  return { stop: () => stop(child) };
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGKILL')) await ended;
}
