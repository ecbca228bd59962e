#!/usr/bin/env node
// Starts the built command `rondo`, in this very process.

import { existsSync } from 'node:fs';

const main = new URL('../bundle/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('rondo: not built yet; run `npm run build`');
  process.exitCode = 1;
}
