// Writes deploy/kubernetes/trainingjobs/trainingjob-crd.yaml: `npm run build && node tools/trainingjob-crd.mjs` after a change of the spec's schema.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { customResourceText } from '@rondo/spec';

const file = join(import.meta.dirname, '../deploy/kubernetes/trainingjobs/trainingjob-crd.yaml');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, customResourceText());
