#!/usr/bin/env node
import { workerCommand } from '../dist/index.js';

await workerCommand().parseAsync();
