#!/usr/bin/env node
// Starts a coordinator: `rondo coordinator` without the rest of the command line.
import { runCommand } from '@rondo/command';
import { coordinatorCommand } from '../dist/index.js';

await runCommand(coordinatorCommand());
