#!/usr/bin/env node
import { coordinatorCommand } from '../dist/index.js';

await coordinatorCommand().parseAsync();
