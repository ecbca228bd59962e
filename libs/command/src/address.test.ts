// Which addresses are good usage.

import { expect, test } from 'vitest';
import { connectAddress, listenAddress } from './address.ts';

test.each(['localhost:7070', '10.0.0.5:1', 'node-1.example:65535', '[::1]:7070'])('%s is an address', (text) => {
  expect(connectAddress(text)).toBe(text);
  expect(listenAddress(text)).toBe(text);
});

test.each(['', 'foo', 'foo:', ':7070', 'foo:x', 'foo:65536', '::1:7070', '[::1]', 'http://foo:80', 'a b:1'])(
  '"%s" is none',
  (text) => {
    expect(() => connectAddress(text)).toThrow('Expected host:port');
    expect(() => listenAddress(text)).toThrow('Expected host:port');
  },
);

test('only a listener may leave the port to the system', () => {
  expect(listenAddress('127.0.0.1:0')).toBe('127.0.0.1:0');
  expect(() => connectAddress('127.0.0.1:0')).toThrow('Expected host:port');
});
