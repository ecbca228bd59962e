// The command of a coordinator alone.

import { runCommand } from '@rondo/command';
import { coordinatorCommand } from './command.ts';

await runCommand(coordinatorCommand());
