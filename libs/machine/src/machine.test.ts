// What a process may use, on the files of several machines.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { memoryLimitBytes, physicalCores } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'rondo-machine-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

/** @returns the root of a machine with these files. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = join(folder, `${count++}`);
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
  return root;
}

/** Four cores of two threads each: 0 and 4, 1 and 5, and so on. */
const hyperthreads = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [
    `sys/devices/system/cpu/cpu${i}/topology/thread_siblings_list`,
    `${i % 4},${(i % 4) + 4}`,
  ]),
);
const allowed = (list: string) => ({
  'proc/self/status': `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}`,
});
const fourCores = { ...hyperthreads, ...allowed('0-7') };

describe('physical cores', () => {
  test.each([
    ['0-7', 4],
    ['0-3', 4],
    ['0,4', 1],
    ['0-1,4-5,7', 3],
  ])('by affinity to %s', (list, cores) => {
    expect(physicalCores(machine({ ...hyperthreads, ...allowed(list) }))).toBe(cores);
  });

  test('a machine that does not tell its threads has a core for each processor', () => {
    expect(physicalCores(machine(allowed('2-4')))).toBe(3);
  });

  test.each([
    ['max 100000', 4],
    ['300000 100000', 3],
    ['150000 100000', 1],
    ['50000 100000', 1],
    ['1600000 100000', 4],
  ])('by the quota %s of a container', (quota, cores) => {
    const files = { ...fourCores, 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpu.max': quota };
    expect(physicalCores(machine(files))).toBe(cores);
  });

  test('by the least quota of nested groups', () => {
    const files = {
      ...fourCores,
      'proc/self/cgroup': '0::/system.slice/rondo.service',
      'sys/fs/cgroup/system.slice/cpu.max': '200000 100000',
      'sys/fs/cgroup/system.slice/rondo.service/cpu.max': '350000 100000',
      'sys/fs/cgroup/other.slice/cpu.max': '100000 100000',
    };
    expect(physicalCores(machine(files))).toBe(2);
  });

  test.each([
    ['200000', 2],
    ['-1', 4],
  ])('by a quota of %s in version 1, whose own path a container does not see', (quota, cores) => {
    const files = {
      ...fourCores,
      'proc/self/cgroup': '4:cpu,cpuacct:/docker/0a1b\n2:memory:/docker/0a1b',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': quota,
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    };
    expect(physicalCores(machine(files))).toBe(cores);
  });

  test('without any file', () => expect(physicalCores(machine({}))).toBe(availableParallelism()));

  test('of this machine', () => {
    expect(physicalCores()).toBeGreaterThanOrEqual(1);
    expect(physicalCores()).toBeLessThanOrEqual(availableParallelism());
  });
});

describe('memory', () => {
  const mebibyte = 2 ** 20;

  test('the least limit of nested groups', () => {
    const files = {
      'proc/self/cgroup': '0::/kubepods/pod1/container',
      'sys/fs/cgroup/kubepods/memory.max': `${64 * mebibyte}`,
      'sys/fs/cgroup/kubepods/pod1/memory.max': `${32 * mebibyte}`,
      'sys/fs/cgroup/kubepods/pod1/container/memory.max': 'max',
    };
    expect(memoryLimitBytes(machine(files))).toBe(32 * mebibyte);
  });

  test('a limit of version 1', () => {
    const files = {
      'proc/self/cgroup': '4:cpu,cpuacct:/\n2:memory:/docker/0a1b',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': `${48 * mebibyte}`,
    };
    expect(memoryLimitBytes(machine(files))).toBe(48 * mebibyte);
  });

  test.each([
    ['no file', {}],
    ['no limit', { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/memory.max': 'max' }],
    [
      'no limit in version 1',
      { 'proc/self/cgroup': '2:memory:/', 'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712' },
    ],
  ])('all of the machine with %s', (_, files) => {
    expect(memoryLimitBytes(machine(files as Record<string, string>))).toBe(totalmem());
  });
});
