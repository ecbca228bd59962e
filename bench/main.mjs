// `npm run bench`: Rondo and every peer that is installed, in turn, same work; a table and JSON under bench/results/.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { releaseBlas } from '@rondo/simd';
import { describeMachine, processor } from './harness/machine.mjs';
import { peers } from './harness/peers.mjs';
import { toJson, toMarkdown } from './harness/report.mjs';

/** Loaded when they run: some open libraries. @type {Record<string, () => Promise<(settings: import('./harness/report.mjs').Settings) => Promise<import('./harness/report.mjs').Part>>>} */
const parts = {
  step: async () => (await import('./parts/step.mjs')).step,
  cluster: async () => (await import('./parts/cluster.mjs')).cluster,
  wire: async () => (await import('./parts/wire.mjs')).wire,
  kernels: async () => (await import('./parts/kernels.mjs')).kernels,
  answers: async () => (await import('./parts/answers.mjs')).answers,
  memory: async () => (await import('./parts/memory.mjs')).memory,
  checkpoints: async () => (await import('./parts/checkpoints.mjs')).checkpoints,
  engines: async () => (await import('./parts/engines.mjs')).engines,
  start: async () => (await import('./parts/start.mjs')).start,
};

const help = `Usage: npm run bench -- [PART]... [options]

Measures Rondo beside every peer that is installed and writes bench/results/DATE-PROCESSOR.md and .json.

Parts (default: all)
  step      one compute thread's training step beside PyTorch, TensorFlow.js and brain.js
  cluster   one worker, two workers, two threads, beside PyTorch DistributedDataParallel
  wire      64 MiB each way beside a raw TCP socket
  kernels   matrix products by layout, gates, elementwise work, the gradient of a layer
  answers   how late a worker's connection is while every core computes
  memory    the coordinator's peak memory, and bytes a step on the wire
  checkpoints  what writing checkpoints costs a run
  engines   one shard's gradients on every engine that works here
  start     \`npm start\` to its end

Options
  --rounds N  turns of every contender (default: 7)
  --seed N    of weights, symbols and texts (default: 1)
  --quick     does everything work? two short turns; the numbers mean little
  --help      this text
`;

const { values, positionals } = readCommandLine();
if (values.help) process.stdout.write(help);
else await bench();

function readCommandLine() {
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seed: { type: 'string', default: '1' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = parsed.positionals.find((name) => !(name in parts));
    if (unknown !== undefined) throw new Error(`no part is called ${unknown}: ${Object.keys(parts).join(', ')}`);
    for (const name of /** @type {const} */ (['rounds', 'seed'])) {
      const value = parsed.values[name];
      if (value !== undefined && !/^[1-9]\d{0,8}$/.test(value)) throw new Error(`--${name} ${value}: a number from 1`);
    }
    return parsed;
  } catch (error) {
    console.error(`bench: ${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exit(2);
  }
}

async function bench() {
  // Before anything loads a library; every process started from here inherits it.
  const forced = releaseBlas(process.env);
  const { quick } = values;
  const seed = Number(values.seed);
  const effort = { rounds: Number(values.rounds ?? (quick ? 2 : 7)), roundMs: quick ? 50 : 1500 };
  const missing = Object.values(peers)
    .filter(({ here }) => !here)
    .map(({ name, install }) => `Not installed here: ${name}. \`${install}\` installs it.`);
  for (const line of missing) console.error(line);
  const date = new Date().toISOString().slice(0, 10);
  const facts = await describeMachine({ seed, forced, date });

  /** @type {Record<string, import('./harness/report.mjs').Part>} */
  const measured = {};
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    try {
      const measure = await parts[name]();
      measured[name] = await measure({ seed, effort, quick, say: (text) => console.error(text) });
    } catch (error) {
      const { message, stack } = /** @type {Error} */ (error);
      console.error(stack);
      measured[name] = {
        title: name,
        notes: [`Failed: ${message.split('\n')[0]}`],
        tables: [],
        bars: {},
        data: message,
      };
      process.exitCode = 1;
    }
  }

  const words = [
    date,
    ...(processor()
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []),
    ...positionals,
    ...(quick ? ['quick'] : []),
  ];
  const file = join(import.meta.dirname, 'results', words.join('-'));
  const page = toMarkdown(
    { ...facts, rounds: `${effort.rounds}${quick ? ', quick: the numbers mean little' : ''}` },
    measured,
    missing,
  );
  writeFileSync(`${file}.md`, page);
  writeFileSync(`${file}.json`, toJson(facts, measured));
  console.log(`${page}\n${file}.md`);
}
