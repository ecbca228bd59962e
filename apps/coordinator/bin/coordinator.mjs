#!/usr/bin/env node
// Starts a coordinator: `rondo coordinator` without the rest of the command line.
import { coordinatorCommand } from '../dist/index.js';

await coordinatorCommand().parseAsync();
