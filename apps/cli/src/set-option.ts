// `--set a.b=value`, any number of times.

import { Option } from 'commander';

export function setOption(): Option {
  return new Option(
    '--set <a.b=value>',
    "override a field of the spec's `spec:`, such as training.steps=100; repeatable",
  )
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}
