// --http HOST:PORT, which every command that goes on for long takes.

import { Option } from 'commander';
import { listenAddress } from './address.ts';

export const httpOption = () =>
  new Option('--http <host:port>', 'serve /metrics, /healthz and /readyz there; port 0 takes a free one').argParser(
    listenAddress,
  );
