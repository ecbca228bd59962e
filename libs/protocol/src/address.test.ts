// Which addresses only this machine reaches.

import { expect, test } from 'vitest';
import { isLoopback } from './address.ts';

test.each(['127.0.0.1:7070', '127.8.9.1:0', 'localhost:7070', '[::1]:7070'])('%s is loopback', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['0.0.0.0:7070', '10.0.0.1:1', '[::]:7070', '127.example:1', 'host:7070', '[::ffff:1.2.3.4]:1'])(
  '%s is not',
  (address) => {
    expect(isLoopback(address)).toBe(false);
  },
);
