// Bundles that arrive whole, and every way in which they can arrive broken.

import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolFault, type ProtocolFaultCode } from './fault.ts';
import { ChunkFrame } from './chunk.ts';
import { Broadcast, type Frame } from './frames.ts';
import type { Chunk__Output } from './generated/rondo/v1/Chunk.ts';
import type { TensorHeader__Output } from './generated/rondo/v1/TensorHeader.ts';
import { Inbox } from './inbox.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { FromCoordinator, FromWorker, Outgoing } from './messages.ts';
import { packageDefinition } from './services.ts';
import type { NamedTensor } from './tensors.ts';

const limits: Limits = { ...defaultLimits, chunkBytes: 12, maxChunkBytes: 16, maxTensors: 5, maxBundleBytes: 400 };

/** Through protobuf, as on the wire: decoded bytes lie anywhere in a larger buffer. */
function overWire(frame: object): FromCoordinator {
  const service = packageDefinition['rondo.v1.WorkService'] as Record<string, unknown>;
  const { responseSerialize, responseDeserialize } = service.Work as {
    responseSerialize(value: object): Buffer;
    responseDeserialize(bytes: Buffer): FromCoordinator;
  };
  return responseDeserialize(responseSerialize(frame));
}

function envelopesOf(tensors: readonly NamedTensor[], transfer = 1): FromCoordinator[] {
  const frames = framesOf({ weights: { run: 'r', step: 9 } }, tensors, transfer, limits.chunkBytes);
  const envelopes: FromCoordinator[] = [];
  for (let next = frames.next(); !next.done; next = frames.next()) envelopes.push(overWire(next.value));
  return envelopes;
}

function inbox(): Inbox<FromCoordinator> {
  return new Inbox(limits, (bytes) => new ArrayBuffer(bytes));
}

/** The code of the fault that these envelopes, or the end after them, cause. */
function faultOf(envelopes: readonly FromCoordinator[]): ProtocolFaultCode | undefined {
  const receiver = inbox();
  try {
    for (const envelope of envelopes) receiver.accept(envelope);
    receiver.end();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolFault) return error.code;
    throw error;
  }
}

const tensor = (index: number): fc.Arbitrary<NamedTensor> =>
  fc
    .record({ shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }), float: fc.boolean(), seed: fc.nat() })
    .map(({ shape, float, seed }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const values = Array.from({ length: size }, (_, position) => seed + position);
      return { name: `t${index}`, shape, data: float ? new Float32Array(values) : new Int32Array(values) };
    });
const bundle = fc
  .integer({ min: 0, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => tensor(i))));

/** A bundle of 3, 1 and 2 chunks. */
const three: NamedTensor[] = [
  { name: 'a', shape: [7], data: Float32Array.from({ length: 7 }, (_, i) => i) },
  { name: 'b', shape: [], data: new Int32Array([5]) },
  { name: 'c', shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => -i) },
];

const anyChunk = fc.integer({ min: 1, max: 6 });

function changed(index: number, change: (chunk: Chunk__Output) => Partial<Chunk__Output>): FromCoordinator[] {
  const envelopes = envelopesOf(three);
  const chunk = envelopes[index].chunk as Chunk__Output;
  envelopes[index] = { message: 'chunk', chunk: { ...chunk, ...change(chunk) } };
  return envelopes;
}

function announced(...headers: Partial<TensorHeader__Output>[]): FromCoordinator {
  const whole = headers.map((header) => ({ name: 'a', type: 'ELEMENT_TYPE_FLOAT32' as const, shape: [2], ...header }));
  return { message: 'weights', weights: { run: 'r', step: 9, tensors: { transfer: 1, tensors: whole } } };
}

describe('a whole bundle', () => {
  test('is delivered with its message, once, at its last chunk', () => {
    fc.assert(
      fc.property(bundle, (tensors) => {
        const receiver = inbox();
        const envelopes = envelopesOf(tensors);
        const deliveries = envelopes.map((envelope) => receiver.accept(envelope));
        expect(deliveries.slice(0, -1).every((delivery) => delivery === undefined)).toBe(true);
        expect(deliveries.at(-1)?.message).toMatchObject({ message: 'weights', weights: { run: 'r', step: 9 } });
        expect(deliveries.at(-1)?.tensors).toEqual(tensors);
        receiver.end();
      }),
    );
  });

  test('can lie in shared memory', () => {
    const receiver = new Inbox<FromCoordinator>(limits, (bytes) => new SharedArrayBuffer(bytes));
    const delivery = envelopesOf(three).reduce<ReturnType<typeof receiver.accept>>(
      (_, e) => receiver.accept(e),
      undefined,
    );
    expect(delivery?.tensors[2].data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Array.from(delivery?.tensors[2].data ?? [])).toEqual(Array.from(three[2].data));
  });

  test('can follow another', () => {
    expect(faultOf([...envelopesOf(three, 1), ...envelopesOf(three, 7)])).toBeUndefined();
  });
});

describe('a broken bundle', () => {
  test('chunks swapped', () => {
    fc.assert(
      fc.property(anyChunk, anyChunk, (i, j) => {
        fc.pre(i !== j);
        const envelopes = envelopesOf(three);
        [envelopes[i], envelopes[j]] = [envelopes[j], envelopes[i]];
        expect(faultOf(envelopes)).toMatch(/^wrong-(tensor|offset)$/);
      }),
    );
  });

  test('a chunk twice', () => {
    fc.assert(
      fc.property(anyChunk, (i) => {
        const envelopes = envelopesOf(three);
        envelopes.splice(i, 0, envelopes[i]);
        expect(faultOf(envelopes)).toMatch(i === 6 ? 'unexpected-chunk' : /^wrong-(tensor|offset)$/);
      }),
    );
  });

  test('a chunk missing', () => {
    fc.assert(
      fc.property(anyChunk, (i) => {
        const envelopes = envelopesOf(three);
        envelopes.splice(i, 1);
        expect(faultOf(envelopes)).toMatch(i === 6 ? 'truncated-bundle' : /^wrong-(tensor|offset)$/);
      }),
    );
  });

  test('the end, or another message, too early', () => {
    fc.assert(
      fc.property(anyChunk, (i) => {
        const envelopes = envelopesOf(three).slice(0, i);
        expect(faultOf(envelopes)).toBe('truncated-bundle');
        expect(faultOf([...envelopes, overWire({ idle: { reason: '' } })])).toBe('truncated-bundle');
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
    const receiver = inbox();
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
    ['too many axes', 'bad-tensor-header', announced({ shape: Array(9).fill(1) })],
    ['no bundle', 'missing-bundle', { message: 'weights', weights: { run: 'r', step: 9, tensors: null } }],
    ['nothing', 'unknown-message', {}],
  ])('%s', (_, code, envelope) => {
    expect(faultOf([envelope])).toBe(code);
  });

  test('a transfer number that does not grow', () => {
    expect(faultOf([...envelopesOf(three, 3), ...envelopesOf(three, 3)])).toBe('repeated-transfer');
    expect(faultOf(envelopesOf(three, 0))).toBe('repeated-transfer');
  });

  test('a chunk of nothing', () => {
    expect(faultOf(envelopesOf(three).slice(1, 2))).toBe('unexpected-chunk');
  });

  test('memory that is not there', () => {
    const receiver = new Inbox<FromCoordinator>(
      { ...limits, maxBundleBytes: Number.MAX_SAFE_INTEGER },
      (bytes) => new ArrayBuffer(bytes),
    );
    expect(() => receiver.accept(announced({ shape: [2 ** 31, 2 ** 15] }))).toThrow('no memory for a tensor');
  });
});

function sized(bytes: number): Pick<Chunk__Output, 'data' | 'checksum'> {
  const data = Buffer.alloc(bytes, 1);
  return { data, checksum: crc32(data) };
}
