// Chunks written by hand are those that protobuf would write.

import { randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkFrame, copyWithChecksum } from './chunk.ts';
import { packageDefinition } from './services.ts';

const { responseSerialize, requestSerialize } = (packageDefinition['rondo.v1.WorkService'] as ServiceDefinition)
  .Work as MethodDefinition<object, object>;

/** The frame between guards, as gRPC lays it into its own. */
function written(frame: ChunkFrame): Buffer {
  const target = Buffer.alloc(frame.length + 7, 0xee);
  frame.copy(target, 5);
  expect([...target.subarray(0, 5), ...target.subarray(-2)]).toEqual(Array(7).fill(0xee));
  return target.subarray(5, -2);
}

test('both ways, whatever the numbers', () => {
  const number = fc.oneof(fc.nat(), fc.maxSafeNat());
  const parts = fc.record({ step: number, tensor: fc.nat(), offset: number, data: fc.uint8Array({ minLength: 1 }) });
  fc.assert(
    fc.property(parts, number, (part, transfer) => {
      const data = Buffer.from(part.data);
      const frame = new ChunkFrame({ ...part, data, checksum: undefined }, transfer);
      const chunk = { ...part, data, transfer, checksum: crc32(data) };
      expect(written(frame)).toEqual(responseSerialize({ chunk }));
      expect(written(frame)).toEqual(requestSerialize({ chunk }));
    }),
  );
});

test('the checksum is computed once', () => {
  const part = { step: 1, tensor: 0, offset: 0, data: Buffer.of(1, 2, 3), checksum: undefined };
  const first = Buffer.from(written(new ChunkFrame(part, 1)));
  expect(part.checksum).toBe(crc32(part.data));
  part.data[1] = 0;
  const second = written(new ChunkFrame(part, 1));
  expect(second.subarray(-7)).toEqual(first.subarray(-7));
});

test.each([1, 65_535, 65_536, 65_537, 200_000])('%i bytes are copied and summed', (bytes) => {
  const source = randomFillSync(Buffer.alloc(bytes));
  const target = Buffer.from(new SharedArrayBuffer(bytes + 6));
  expect(copyWithChecksum(source, target, 3)).toBe(crc32(source));
  expect(target.subarray(3, -3).equals(source)).toBe(true);
  expect(copyWithChecksum(source, target, 3, 7)).toBe(7);
});
