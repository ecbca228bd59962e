// `rondo schema`: the JSON Schema of a spec, for editors and other tools.

import { jobSchema } from '@rondo/spec';
import { Command } from 'commander';
import { printLine } from '../terminal/output.ts';

export function schemaCommand(): Command {
  return new Command('schema')
    .description("print the spec's JSON Schema, by which an editor explains and completes its fields")
    .action(() => printLine(JSON.stringify(jobSchema(), undefined, 2)));
}
