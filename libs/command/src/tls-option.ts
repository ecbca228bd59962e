// --tls DIR, which every command that connects or listens takes.

import { Option } from 'commander';

/** Default: the environment's RONDO_TLS. */
export const tlsOption = () =>
  new Option('--tls <dir>', 'folder with ca.crt, tls.crt and tls.key, as `rondo certs` makes them').env('RONDO_TLS');
