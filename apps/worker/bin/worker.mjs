#!/usr/bin/env node
// Starts a worker: `rondo worker` without the rest of the command line.
await import(new URL('../bundle/main.js', import.meta.url).href);
