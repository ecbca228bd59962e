// Generators of what no honest worker says, each with the reason for which it must be refused.

import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { hello, offer, type RawMessage } from './raw-worker.ts';

export interface BadScript {
  readonly messages: readonly RawMessage[];
  readonly reason: RegExp;
}

export const u32 = fc.oneof(fc.nat(3), fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1));
/** As text: numbers of JavaScript do not hold them. */
export const u64 = fc.oneof(
  fc.nat(3).map(String),
  fc.constantFrom('9007199254740991', '9007199254740993', '18446744073709551615'),
);
export const double = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 1e308));
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom('', '__proto__', 'constructor', '../..', '\0', '/', '0/', '/h_l0', 'NaN/h_l0'),
  fc.nat(200_000).map((length) => 'x'.repeat(length)),
  fc.nat(2000).map((length) => '\u{1f600}'.repeat(length)),
);
const long = (least: number) => fc.integer({ min: least, max: 300_000 }).map((length) => 'x'.repeat(length));

const header = fc.record({ name: text, type: fc.nat(9), shape: fc.array(u32, { maxLength: 10 }) });
const bundle = fc.record({ transfer: u64, tensors: fc.array(header, { maxLength: 4 }) });
const chunk = fc.record({
  ...{ transfer: u64, tensor: u32, offset: u64, step: u64, checksum: u32 },
  data: fc.uint8Array({ maxLength: 64 }),
});
const engines = fc.array(
  fc.record({
    name: text,
    deviceKind: fc.nat(9),
    device: text,
    fingerprint: text,
    tokensPerSecond: double,
    threads: u32,
  }),
  { maxLength: 3 },
);
const result = fc.record({
  ...{ task: u64, run: text, phase: text, step: u64, first: u32, end: u32 },
  ...{ lossSum: double, weight: double, seconds: double, tensors: fc.option(bundle) },
});

const goodLine = { level: 'info', time: '2026-01-02T03:04:05.678Z', msg: 'compiled' };
/** JSON, of whatever a worker might call a line. */
const logLine = fc
  .tuple(fc.constantFrom('level', 'time', 'msg', 'run', 'worker', 'component', '__proto__'), fc.json({ maxDepth: 9 }))
  .map(([field, value]) => JSON.stringify(goodLine).replace('{', `{${JSON.stringify(field)}:${value},`));

/** Any message, all of its fields at any value that the wire can carry. */
export const anyMessage: fc.Arbitrary<RawMessage> = fc.oneof(
  fc.record({ hello: fc.record({ name: text, protocolVersion: u32, engines, host: text, pid: u32, instance: text }) }),
  fc.record({ result }),
  fc.record({ gradients: fc.record({ task: u64, step: u64, tensors: fc.option(bundle) }) }),
  fc.record({ failure: fc.record({ task: u64, reason: text, final: fc.boolean() }) }),
  fc.constant({ alive: {} }),
  fc.record({ leaving: fc.record({ reason: text }) }),
  fc.record({
    log: fc.record({ run: text, lines: fc.array(fc.oneof(text, logLine), { maxLength: 120 }), dropped: u32 }),
  }),
  fc.record({ chunk }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

const greeted = { hello };
const greet = (change: object) => [{ hello: { ...hello, ...change } }];
const offering = (change: object) => greet({ engines: [{ ...offer, ...change }] });
const whole = { task: 1, run: 'r', phase: 'gradients', step: 1, first: 0, end: 1, lossSum: 1, weight: 1, seconds: 1 };
const float32 = 'ELEMENT_TYPE_FLOAT32';
const announcing = (...tensors: object[]) => [greeted, { result: { ...whole, tensors: { transfer: 1, tensors } } }];
const badNumber = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -5e-324, 1e300);

/** A bundle of four chunks. */
function fourChunks(): object[] {
  const tensors = [{ name: '0/h_l0', type: float32, shape: [8] }];
  const chunks = Array.from({ length: 4 }, (_, i) => {
    const data = Buffer.alloc(8, i + 1);
    return { chunk: { transfer: 1, tensor: 0, offset: 8 * i, data, checksum: crc32(data), step: 1 } };
  });
  return [greeted, { result: { ...whole, tensors: { transfer: 1, tensors } } }, ...chunks];
}

const brokenChunks: fc.Arbitrary<BadScript> = fc
  .tuple(
    fc.integer({ min: 2, max: 5 }),
    fc.constantFrom('lost', 'twice', 'swapped', 'cut off', 'flipped', 'other step'),
  )
  .map(([at, how]) => {
    const messages = fourChunks();
    const { chunk } = messages[at] as { chunk: { data: Buffer; step: number } };
    if (how === 'lost') messages.splice(at, 1, { leaving: { reason: '' } });
    if (how === 'twice') messages.splice(at, 0, messages[at]);
    if (how === 'swapped') messages.splice(at, 2, ...messages.slice(at, at + 2).reverse(), { leaving: {} });
    if (how === 'cut off') messages[at] = { chunk: { ...chunk, data: chunk.data.subarray(0, 7) } };
    if (how === 'flipped') chunk.data[3] ^= 4;
    if (how === 'other step') messages[at] = { chunk: { ...chunk, step: 2 ** 53 } };
    // The last chunk twice, and swapped with nothing: then what follows belongs to no transfer.
    return { messages: how === 'swapped' && at === 5 ? [...messages, messages[at]] : messages, reason: /transfer/ };
  });

const bad = <T>(values: fc.Arbitrary<T>, messages: (value: T) => readonly RawMessage[], reason: RegExp) =>
  values.map((value): BadScript => ({ messages: messages(value), reason }));

/** Each must be refused. */
export const badScript: fc.Arbitrary<BadScript> = fc.oneof(
  bad(u64, (transfer) => [{ result: { ...whole, tensors: { transfer, tensors: [] } } }], /hello|repeated-transfer/),
  bad(text, (reason) => [{ failure: { reason } }], /first message of a stream is hello/),
  bad(fc.constant(undefined), () => announcing({ name: 'a', type: float32, shape: [4] }).slice(1), /missing-hello/),
  bad(
    u32.filter((version) => version !== hello.protocolVersion),
    (v) => greet({ protocolVersion: v }),
    /version/,
  ),
  bad(fc.oneof(fc.constantFrom('', 'a b', 'ü', '\0', '../x'), long(65)), (name) => greet({ name }), /a worker's name/),
  bad(fc.constantFrom('', '/', 'x'.repeat(65)), (instance) => greet({ instance }), /a worker's instance/),
  bad(long(257), (host) => greet({ host }), /host has \d+ characters/),
  bad(
    text.filter((name) => name !== 'reference'),
    (name) => offering({ name }),
    /unknown engine|offers no engine/,
  ),
  bad(fc.constantFrom('device', 'library', 'fingerprint'), (field) => offering({ [field]: 'x'.repeat(257) }), /257/),
  bad(badNumber, (tokensPerSecond) => offering({ tokensPerSecond }), /reference: tokens_per_second is/),
  bad(fc.constantFrom(0, 4097, 2 ** 32 - 1), (threads) => offering({ threads }), /reference: threads is/),
  bad(
    fc.integer({ min: 0, max: 3000 }).filter((n) => n !== 1),
    (n) => greet({ engines: Array(n).fill(offer) }),
    /offer/,
  ),
  bad(fc.constant(greeted), (again) => [greeted, again], /hello was said already/),
  bad(badNumber, (weight) => [greeted, { result: { ...whole, weight, tensors: { transfer: 1 } } }], /task 1: weight/),
  bad(badNumber, (seconds) => [greeted, { result: { ...whole, seconds, tensors: { transfer: 1 } } }], /1: seconds/),
  bad(fc.constantFrom('result', 'gradients'), (kind) => [greeted, { [kind]: { task: 1 } }], /missing-bundle/),
  bad(
    fc.constantFrom('', 'x'.repeat(257)),
    (name) => announcing({ name, type: float32, shape: [1] }),
    /bad-tensor-head/,
  ),
  bad(fc.constantFrom(0, 3, 4, 9), (type) => announcing({ name: 'a', type, shape: [1] }), /bad-tensor-header/),
  bad(
    fc.integer({ min: 9, max: 99 }),
    (rank) => announcing({ name: 'a', type: float32, shape: Array(rank).fill(1) }),
    /axes/,
  ),
  bad(
    fc.constantFrom(2 ** 29, 2 ** 32 - 1),
    (n) => announcing({ name: 'a', type: float32, shape: [n, n] }),
    /too-large/,
  ),
  bad(fc.integer({ min: 16_385, max: 30_000 }), (n) => announcing(...Array(n).fill({})), /too-many-tensors/),
  bad(
    fc.constantFrom('0', '9007199254740993', '18446744073709551615'),
    (transfer) => [greeted, { gradients: { tensors: { transfer } } }],
    /repeated-transfer/,
  ),
  bad(chunk, (value) => [greeted, { chunk: value }], /unexpected-chunk/),
  bad(
    fc.uint8Array({ minLength: 1, maxLength: 99 }),
    (bytes) => [greeted, Buffer.from([0x0a, 0xff, ...bytes])],
    /unknown-message|hello/,
  ),
  bad(fc.constant(Buffer.alloc(0)), (nothing) => [greeted, nothing], /unknown-message/),
  bad(fc.integer({ min: 1_200_000, max: 2_000_000 }), (size) => [Buffer.alloc(size, 0x12)], /larger than max/),
  bad(
    fc.integer({ min: 101, max: 5000 }),
    (n) => [greeted, { log: { run: 'r', lines: Array(n).fill(JSON.stringify(goodLine)) } }],
    /log: \d+ lines came at once; at most 100/,
  ),
  bad(
    fc.integer({ min: 8193, max: 300_000 }),
    (n) => [greeted, { log: { lines: [JSON.stringify({ ...goodLine, msg: 'x'.repeat(n) })] } }],
    /log: a line has \d+ bytes; at most 8192/,
  ),
  bad(
    fc.constantFrom('', '{', '[]', '7', 'null', '"info"', 'compiled', '{"level":"info"', '\0'),
    (line) => [greeted, { log: { run: 'r', lines: [JSON.stringify(goodLine), line] } }],
    /log: a line is no JSON object/,
  ),
  bad(
    fc.tuple(fc.constantFrom('level', 'time', 'msg'), fc.constantFrom(null, 3, [], {})),
    ([field, value]) => [greeted, { log: { run: 'r', lines: [JSON.stringify({ ...goodLine, [field]: value })] } }],
    /log: a line('s (level|time)| has no text msg)/,
  ),
  brokenChunks,
);
