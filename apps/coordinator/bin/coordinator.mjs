#!/usr/bin/env node
// Starts a coordinator: `rondo coordinator` without the rest of the command line.
await import(new URL('../bundle/main.js', import.meta.url).href);
