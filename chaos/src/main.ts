// `npm run chaos -- --minutes M --seed S`: a coordinator and eight workers while everything breaks; a page about it.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { longForm, shortForm } from './forms.ts';
import { describeFault, toMarkdown } from './report.ts';
import { type FaultKind, faultKinds } from './schedule.ts';

const help = `Usage: npm run chaos -- [options]

Trains one run after the other on a coordinator and eight workers, real processes, while faults strike; then compares
every run's bits with those of an undisturbed one, checks the ledgers, and prints what recovery took.

Options
  --minutes M      with faults (default: 2)
  --seed S         of the schedule (default: 1)
  --every SECONDS  from a fault to the next, on average (default: 22)
  --faults KINDS   only these, separated by commas: ${Object.keys(faultKinds).join(', ')}
  --short          the form of the tests: four workers, every kind of fault once, in half a minute
  --out FILE       write the page there too, as in bench/results/chaos.md
  --help           this text
`;

const options = readCommandLine();
if (options === undefined) {
  process.stdout.write(help);
} else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const { out, ...rest } = options;
  const result = await chaos({ ...rest, say: (text) => console.error(text) });
  const page = toMarkdown(result);
  process.stdout.write(page);
  if (out !== undefined) writeFileSync(out, page);
  if (result.folder !== undefined) {
    console.error(`${result.faults.map(describeFault).join('\n')}\nA check failed: ${result.folder}`);
    process.exitCode = 1;
  }
}

function readCommandLine() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string' },
        seed: { type: 'string' },
        every: { type: 'string' },
        faults: { type: 'string' },
        short: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const form = values.short ? shortForm : longForm;
    return {
      ...form,
      minutes: positive('minutes', values.minutes) ?? form.minutes,
      seed: positive('seed', values.seed) ?? form.seed,
      everyMs: 1000 * (positive('every', values.every) ?? form.everyMs / 1000),
      kinds: values.faults?.split(',').map(kindOf) ?? form.kinds,
      out: values.out,
    };
  } catch (error) {
    console.error(`chaos: ${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name} ${text}: a number above 0`);
  return value;
}

function kindOf(name: string): FaultKind {
  if (!(name in faultKinds)) throw new Error(`--faults ${name}: one of ${Object.keys(faultKinds).join(', ')}`);
  return name as FaultKind;
}
