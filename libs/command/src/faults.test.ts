// Which errors are one line for people, and which show their stack.

import { openSync } from 'node:fs';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { CommandFault, describeError } from './faults.ts';

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test('an operating fault is its message', () => {
  expect(describeError(new CommandFault('no spec: name one', 2))).toEqual({ text: 'no spec: name one', status: 2 });
  expect(describeError(thrown(() => openSync('/nowhere/at/all', 'r')))).toEqual({
    text: "ENOENT: no such file or directory, open '/nowhere/at/all'",
    status: 1,
  });
  const coded = Object.assign(new Error('the folder is in use'), { code: 'run-locked' });
  expect(describeError(coded)).toEqual({ text: 'the folder is in use', status: 1 });
});

test('a bug shows where it is', () => {
  for (const bug of [new TypeError('not a function'), thrown(() => Buffer.alloc(-1))]) {
    const { text, status } = describeError(bug);
    expect(text).toMatch(/faults\.test\.ts:\d+/);
    expect(status).toBe(1);
  }
  expect(describeError('a string')).toEqual({ text: 'a string', status: 1 });
});

test("commander's own messages are not repeated: bad usage is status 2, help is 0", () => {
  expect(describeError(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({ text: '', status: 2 });
  expect(describeError(new CommanderError(0, 'commander.helpDisplayed', 'x'))).toEqual({ text: '', status: 0 });
});
