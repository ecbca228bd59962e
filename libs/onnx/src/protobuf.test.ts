// Protobuf messages, byte by byte: the examples of https://protobuf.dev/programming-guides/encoding.

import { expect, test } from 'vitest';
import { Message } from './protobuf.ts';

const hex = (message: Message) => Buffer.concat([...message.pieces]).toString('hex');

test('integers take seven bits a byte, negative ones ten bytes', () => {
  expect(hex(new Message().integer(1, 150))).toBe('089601');
  expect(hex(new Message().integer(1, 0).integer(1, 127).integer(1, 128))).toBe('0800087f088001');
  expect(hex(new Message().integer(2, -2))).toBe('10feffffffffffffffff01');
  expect(hex(new Message().integer(20, 1))).toBe('a00101');
  expect(hex(new Message().integer(1, 2 ** 53 - 1))).toBe('08ffffffffffffff0f');
});

test('texts, floats and messages within messages', () => {
  expect(hex(new Message().text(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(new Message().float(2, 1.5))).toBe('150000c03f');
  const outer = new Message().message(3, new Message().integer(1, 150));
  expect(hex(outer)).toBe('1a03089601');
  expect(outer.size).toBe(5);
  expect(hex(new Message().text(1, 'é'))).toBe('0a02c3a9');
});

test('long bytes are views of the memory that was given', () => {
  const data = new Uint8Array(300).fill(7);
  const message = new Message().bytes(9, data);
  expect(message.pieces.at(-1)?.buffer).toBe(data.buffer);
  expect(hex(message).slice(0, 8)).toBe('4aac0207');
  expect(message.size).toBe(303);
});
