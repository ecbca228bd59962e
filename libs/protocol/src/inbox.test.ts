// Bundles that arrive whole, and every way in which they can arrive broken.

import { crc32 } from 'node:zlib';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolFault, type ProtocolFaultCode } from './fault.ts';
import { Broadcast, type Frame } from './frames.ts';
import type { Chunk__Output } from './generated/rondo/v1/Chunk.ts';
import type { TensorHeader__Output } from './generated/rondo/v1/TensorHeader.ts';
import { Inbox } from './inbox.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { FromCoordinator, FromWorker, Outgoing } from './messages.ts';
import { packageDefinition } from './services.ts';
import type { NamedTensor, WireType } from './tensors.ts';

const limits: Limits = { ...defaultLimits, chunkBytes: 12, maxChunkBytes: 16, maxTensors: 5, maxBundleBytes: 400 };

const { requestSerialize, requestDeserialize, responseSerialize, responseDeserialize } = (
  packageDefinition['rondo.v1.WorkService'] as ServiceDefinition
).Work as MethodDefinition<object, object>;

/** As gRPC frames it: decoded bytes lie anywhere in a larger buffer. */
function framed(bytes: Buffer): Buffer {
  const frame = Buffer.alloc(5 + bytes.length);
  bytes.copy(frame, 5);
  return frame.subarray(5);
}

const toWorker = (frame: Frame) => responseDeserialize(framed(responseSerialize(frame))) as FromCoordinator;
const toCoordinator = (frame: Frame) => requestDeserialize(framed(requestSerialize(frame))) as FromWorker;

const weights: Outgoing<FromCoordinator> = { weights: { run: 'r', step: 9 } };
const gradients: Outgoing<FromWorker> = { gradients: { task: 4, step: 9 } };

function envelopesOf(tensors: readonly NamedTensor[], transfer = 1): FromCoordinator[] {
  return [...new Broadcast(weights, tensors, limits.chunkBytes).frames(transfer)].map(toWorker);
}

function gradientEnvelopesOf(tensors: readonly NamedTensor[], transfer = 1): FromWorker[] {
  return [...new Broadcast<FromWorker>(gradients, tensors, limits.chunkBytes).frames(transfer)].map(toCoordinator);
}

/** The code of the fault that these envelopes, or the end after them, cause. */
function faultOf<E extends FromCoordinator | FromWorker>(envelopes: readonly E[]): ProtocolFaultCode | undefined {
  const receiver = new Inbox<E>(limits);
  try {
    for (const envelope of envelopes) receiver.accept(envelope);
    receiver.end();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolFault) return error.code;
    throw error;
  }
}

/** A bundle of up to 5 tensors of these types. */
function bundles(...types: WireType[]): fc.Arbitrary<NamedTensor[]> {
  const tensor = fc.record({
    type: fc.constantFrom(...types),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
    seed: fc.nat({ max: 60_000 }),
  });
  return fc.array(tensor, { maxLength: 5 }).map((tensors) =>
    tensors.map(({ type, shape, seed }, index): NamedTensor => {
      const size = shape.reduce((product, length) => product * length, 1);
      const values = Array.from({ length: size }, (_, position) => seed + position);
      const header = { name: `t${index}`, shape };
      if (type === 'float32') return { ...header, type, data: new Float32Array(values) };
      if (type === 'int32') return { ...header, type, data: new Int32Array(values) };
      return { ...header, type, data: new Uint16Array(values) };
    }),
  );
}

/** Bundles of 3, 1 and 2 chunks. */
const three: NamedTensor[] = [
  { name: 'a', type: 'float32', shape: [7], data: Float32Array.from({ length: 7 }, (_, i) => i) },
  { name: 'b', type: 'int32', shape: [], data: new Int32Array([5]) },
  { name: 'c', type: 'float32', shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => -i) },
];
const threeHalves: NamedTensor[] = [
  { name: 'a', type: 'float16', shape: [17], data: Uint16Array.from({ length: 17 }, (_, i) => 4000 * i) },
  { name: 'b', type: 'bfloat16', shape: [], data: new Uint16Array([0x3f80]) },
  { name: 'c', type: 'float16', shape: [1, 11], data: Uint16Array.from({ length: 11 }, (_, i) => ~i) },
];

const anyChunk = fc.integer({ min: 1, max: 6 });

function announced(...headers: Partial<TensorHeader__Output>[]): FromCoordinator {
  const whole = headers.map((header) => ({ name: 'a', type: 'ELEMENT_TYPE_FLOAT32' as const, shape: [2], ...header }));
  return { message: 'weights', weights: { run: 'r', step: 9, tensors: { transfer: 1, tensors: whole } } };
}

describe('a whole bundle', () => {
  test('is delivered with its message, once, at its last chunk', () => {
    fc.assert(
      fc.property(bundles('float32', 'int32'), (tensors) => {
        const receiver = new Inbox<FromCoordinator>(limits);
        const deliveries = envelopesOf(tensors).map((envelope) => receiver.accept(envelope));
        expect(deliveries.slice(0, -1).every((delivery) => delivery === undefined)).toBe(true);
        expect(deliveries.at(-1)?.message).toMatchObject({ message: 'weights', ...weights });
        expect(deliveries.at(-1)?.tensors).toEqual(tensors);
        receiver.end();
      }),
    );
  });

  test('of gradients may be in half precision', () => {
    fc.assert(
      fc.property(bundles('float32', 'float16', 'bfloat16'), (tensors) => {
        const receiver = new Inbox<FromWorker>(limits);
        const deliveries = gradientEnvelopesOf(tensors).map((envelope) => receiver.accept(envelope));
        expect(deliveries.slice(0, -1).every((delivery) => delivery === undefined)).toBe(true);
        expect(deliveries.at(-1)?.message).toMatchObject({ message: 'gradients', ...gradients });
        expect(deliveries.at(-1)?.tensors).toEqual(tensors);
        receiver.end();
      }),
    );
  });

  test('can follow another', () => {
    expect(faultOf([...envelopesOf(three, 1), ...envelopesOf(three, 7)])).toBeUndefined();
  });
});

describe('where the receiver wants a bundle', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(256));
  const placed: unknown[] = [];

  test('it is put, and nowhere else', () => {
    let end = 8;
    const receiver = new Inbox<FromWorker>(limits, (message, tensor, bytes) => {
      placed.push([message.message, tensor, bytes]);
      if (tensor.name === 'b') return undefined;
      const place = memory.subarray(end, end + bytes);
      end += bytes + 6;
      return place;
    });
    memory.fill(0xee);
    const delivery = gradientEnvelopesOf(threeHalves)
      .map((envelope) => receiver.accept(envelope))
      .at(-1);
    expect(delivery?.tensors).toEqual(threeHalves);
    expect(delivery?.tensors.map(({ data }) => [data.buffer === memory.buffer, data.byteOffset])).toEqual([
      [true, 8],
      [false, 0],
      [true, 48],
    ]);
    const untouched = [...memory.subarray(0, 8), ...memory.subarray(42, 48), ...memory.subarray(70)];
    expect(new Set(untouched)).toEqual(new Set([0xee]));
    expect(placed).toEqual([
      ['gradients', { name: 'a', type: 'float16', shape: [17] }, 34],
      ['gradients', { name: 'b', type: 'bfloat16', shape: [] }, 2],
      ['gradients', { name: 'c', type: 'float16', shape: [1, 11] }, 22],
    ]);
  });

  test('memory is made for the rest, within a limit of its own', () => {
    const receive = (place?: Uint8Array) => () =>
      new Inbox<FromCoordinator>({ ...limits, maxNewBytes: 8 }, (_, { name }) =>
        name === 'a' ? place : undefined,
      ).accept(announced({}, { name: 'b' }));
    expect(receive()).toThrow('announces 16 bytes; at most 8 are taken');
    expect(receive(new Uint8Array(8))).not.toThrow();
  });

  test('it can be checked and thrown away', () => {
    const receiver = new Inbox<FromCoordinator>(limits, () => 'discard');
    const deliveries = envelopesOf(three).map((envelope) => receiver.accept(envelope));
    expect(deliveries.at(-1)?.tensors.map(({ shape, data }) => [shape, data.length])).toEqual([
      [[7], 0],
      [[], 0],
      [[2, 3], 0],
    ]);
    const [header, chunk] = envelopesOf(three, 2);
    receiver.accept(header);
    expect(() => receiver.accept({ ...chunk, chunk: { ...(chunk.chunk as Chunk__Output), checksum: 1 } })).toThrow(
      'CRC-32',
    );
  });

  test('a place of another size is a bug of the receiver', () => {
    const receiver = new Inbox<FromCoordinator>(limits, () => memory.subarray(0, 24));
    expect(() => receiver.accept(envelopesOf(three)[0])).toThrow('tensor a has 28 bytes, its place 24');
  });

  test('is not asked for what is refused', () => {
    const receiver = new Inbox<FromCoordinator>(limits, () => expect.unreachable());
    expect(() => receiver.accept(announced({}, {}))).toThrow('the name a is taken');
  });
});

describe.each<[string, () => (FromCoordinator | FromWorker)[]]>([
  ['weights', () => envelopesOf(three)],
  ['gradients', () => gradientEnvelopesOf(threeHalves)],
])('a broken bundle of %s', (_kind, envelopesOfThree) => {
  function changed(index: number, change: (chunk: Chunk__Output) => Partial<Chunk__Output>) {
    const envelopes = envelopesOfThree();
    const chunk = envelopes[index].chunk as Chunk__Output;
    envelopes[index] = { message: 'chunk', chunk: { ...chunk, ...change(chunk) } };
    return envelopes;
  }

  test('chunks swapped', () => {
    fc.assert(
      fc.property(anyChunk, anyChunk, (i, j) => {
        fc.pre(i !== j);
        const envelopes = envelopesOfThree();
        [envelopes[i], envelopes[j]] = [envelopes[j], envelopes[i]];
        expect(faultOf(envelopes)).toMatch(/^wrong-(tensor|offset)$/);
      }),
    );
  });

  test('a chunk twice', () => {
    fc.assert(
      fc.property(anyChunk, (i) => {
        const envelopes = envelopesOfThree();
        envelopes.splice(i, 0, envelopes[i]);
        expect(faultOf(envelopes)).toMatch(i === 6 ? 'unexpected-chunk' : /^wrong-(tensor|offset)$/);
      }),
    );
  });

  test('a chunk missing', () => {
    fc.assert(
      fc.property(anyChunk, (i) => {
        const envelopes = envelopesOfThree();
        envelopes.splice(i, 1);
        expect(faultOf(envelopes)).toMatch(i === 6 ? 'truncated-bundle' : /^wrong-(tensor|offset)$/);
      }),
    );
  });

  test('the end, or another message, too early', () => {
    fc.assert(
      fc.property(anyChunk, (i) => {
        const envelopes = envelopesOfThree().slice(0, i);
        expect(faultOf(envelopes)).toBe('truncated-bundle');
        expect(faultOf([...envelopes, toWorker({ idle: { reason: '' } })])).toBe('truncated-bundle');
      }),
    );
  });

  test('one bit flipped', () => {
    fc.assert(
      fc.property(anyChunk, fc.nat(), (i, bit) => {
        const flip = ({ data }: Chunk__Output) => {
          const damaged = Buffer.from(data);
          damaged[(bit >> 3) % damaged.length] ^= 1 << (bit & 7);
          return { data: damaged };
        };
        expect(faultOf(changed(i, flip))).toBe('wrong-checksum');
      }),
    );
  });

  test.each<[string, ProtocolFaultCode, (chunk: Chunk__Output) => Partial<Chunk__Output>]>([
    ['checksum', 'wrong-checksum', ({ checksum }) => ({ checksum: (checksum ^ 1) >>> 0 })],
    ['offset', 'wrong-offset', ({ offset }) => ({ offset: offset + 4 })],
    ['tensor', 'wrong-tensor', ({ tensor: index }) => ({ tensor: index + 1 })],
    ['transfer', 'unexpected-chunk', () => ({ transfer: 2 })],
    ['step', 'wrong-step', () => ({ step: 8 })],
    ['no data', 'wrong-size', () => ({ data: Buffer.alloc(0), checksum: 0 })],
    ['data past the tensor', 'wrong-size', () => sized(32)],
  ])('a wrong chunk: %s', (_, code, change) => {
    for (let i = 1; i <= 6; i += 1) expect(faultOf(changed(i, change))).toBe(code);
  });

  test('a chunk over the limit', () => {
    expect(faultOf(changed(1, () => sized(20)))).toBe('wrong-size');
    expect(faultOf(changed(1, () => sized(16)))).toBe('wrong-offset');
  });

  test('the fault says which transfer, tensor and byte', () => {
    const receiver = new Inbox<FromCoordinator | FromWorker>(limits);
    const envelopes = changed(2, ({ offset }) => ({ offset: offset + 4 }));
    expect(() => envelopes.map((envelope) => receiver.accept(envelope))).toThrow(
      'transfer 1, tensor 0 (a), byte 12: a chunk at byte 16 came',
    );
  });
});

describe('an announcement that is refused', () => {
  test.each<[string, ProtocolFaultCode, FromCoordinator]>([
    ['too many bytes', 'bundle-too-large', announced({ shape: [101] })],
    ['too many bytes together', 'bundle-too-large', announced({ shape: [60] }, { name: 'b', shape: [60] })],
    ['a product beyond 2^53', 'bundle-too-large', announced({ shape: Array(8).fill(4_294_967_295) })],
    ['too many tensors', 'too-many-tensors', announced(...Array.from({ length: 6 }, (_, i) => ({ name: `${i}` })))],
    ['no name', 'bad-tensor-header', announced({ name: '' })],
    ['a long name', 'bad-tensor-header', announced({ name: 'x'.repeat(257) })],
    ['a name twice', 'bad-tensor-header', announced({}, {})],
    ['no element type', 'bad-tensor-header', announced({ type: 'ELEMENT_TYPE_UNSPECIFIED' })],
    ['weights in half precision', 'bad-tensor-header', announced({ type: 'ELEMENT_TYPE_FLOAT16' })],
    ['too many axes', 'bad-tensor-header', announced({ shape: Array(9).fill(1) })],
    ['no bundle', 'missing-bundle', { message: 'weights', weights: { run: 'r', step: 9, tensors: null } }],
    ['nothing', 'unknown-message', {}],
    ['bytes that are no message', 'unknown-message', requestDeserialize(Buffer.from([0x0a, 0xff])) as FromCoordinator],
  ])('%s', (_, code, envelope) => {
    expect(faultOf([envelope])).toBe(code);
  });

  test('a transfer number that does not grow', () => {
    expect(faultOf([...envelopesOf(three, 3), ...envelopesOf(three, 3)])).toBe('repeated-transfer');
    expect(faultOf(envelopesOf(three, 0))).toBe('repeated-transfer');
    expect(faultOf(envelopesOf(three, 2 ** 53))).toBe('repeated-transfer');
  });

  test('a chunk of nothing', () => {
    expect(faultOf(envelopesOf(three).slice(1, 2))).toBe('unexpected-chunk');
  });

  test('memory that is not there', () => {
    const receiver = new Inbox<FromCoordinator>({ ...limits, maxBundleBytes: 2 ** 53, maxNewBytes: 2 ** 53 });
    expect(() => receiver.accept(announced({ shape: [2 ** 31, 2 ** 15] }))).toThrow('no memory for a tensor');
  });
});

function sized(bytes: number): Pick<Chunk__Output, 'data' | 'checksum'> {
  const data = Buffer.alloc(bytes, 1);
  return { data, checksum: crc32(data) };
}
