#!/usr/bin/env node
// Starts a worker: `rondo worker` without the rest of the command line.
import { runCommand } from '@rondo/command';
import { workerCommand } from '../dist/index.js';

await runCommand(workerCommand());
