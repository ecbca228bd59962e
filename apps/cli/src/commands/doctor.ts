// `rondo doctor`: which engines work here, what each really runs on, how fast, and what would make it faster.

import { releaseBlas } from '@rondo/simd';
import { notesOnForced } from '@rondo/worker';
import { Command } from 'commander';
import { type EngineExamination, examineEngines, examineMachine, type Machine, notesOn } from '../engines/examine.ts';
import { formatCount } from '../terminal/format.ts';
import { printJson, printLine, printPairs, printTable } from '../terminal/output.ts';
import { jsonOption } from './options.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('which engines work on this machine, and how fast they are')
    .addOption(jsonOption())
    .action(examine);
}

async function examine({ json }: { json?: true }): Promise<void> {
  const machine = examineMachine();
  const dropped = releaseBlas(process.env);
  const engines = await examineEngines();
  const notes = [...notesOn(engines), ...(await notesOnForced(dropped))];
  if (json) printJson({ ...machine, engines, notes });
  else show(machine, engines, notes);
  if (!engines.some(({ works }) => works)) process.exitCode = 1;
}

function show(machine: Machine, engines: readonly EngineExamination[], notes: readonly string[]): void {
  printPairs([
    ['node', `${machine.node}, ${machine.platform}`],
    ['processor', `${machine.processor}, ${machine.cores} cores`],
    ['memory', `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
  ]);
  printLine('');
  printTable(['ENGINE', 'WORKS', 'TOKENS/S', 'RUNS ON'], engines.map(row));
  for (const note of notes) printLine(`\n${note}`);
}

function row(examination: EngineExamination): string[] {
  if (!examination.works) return [examination.engine, 'no', '-', '-'];
  const { engine, device, tokensPerSecond } = examination;
  return [engine, 'yes', formatCount(tokensPerSecond), `${device.description} (${device.library})`];
}
