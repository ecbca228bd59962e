// The command of a worker alone.

import { runCommand } from '@rondo/command';
import { workerCommand } from './command.ts';

await runCommand(workerCommand());
