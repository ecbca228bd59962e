// Shared memory for a model: whole-model float32 vectors (weights, optimizer state) and slots (gradients of nodes).
//
// A WebAssembly memory holds 4 GiB at most, so parameters are packed into banks, each a memory:
//
//   64 bytes | vector 0 | vector 1 | … | slot 0 | slot 1 | …
//
// Within a vector or slot the bank's parameters lie one after the other, each at a multiple of 8 elements, with zeros
// between them. A slot of 16-bit gradients ends with a place for floats on their way to being rounded.

import { elements } from '@rondo/rnn-core';
import { arenaLimitBytes, createMemory } from '@rondo/simd';
import type { NamedShape } from '../floats.ts';
import type { GradientFormat } from './format.ts';

/** Plain and cloneable: goes to other threads by postMessage; each makes its own ModelArrays of it. */
export interface ModelMemory {
  readonly format: GradientFormat;
  readonly vectors: number;
  /** The most that can be reserved. */
  readonly slots: number;
  readonly banks: readonly Bank[];
}

export interface Bank {
  readonly memory: WebAssembly.Memory;
  readonly layout: BankLayout;
}

/** In bytes from the beginning of the bank's memory. */
export interface BankLayout {
  readonly parameters: readonly PlacedParameter[];
  /** From a vector to the next; the first begins at `headerBytes`. */
  readonly vectorBytes: number;
  readonly slotsAt: number;
  /** From a slot to the next. */
  readonly slotBytes: number;
  /** From a slot's beginning to its place for floats. */
  readonly stagingOffset: number;
}

export interface PlacedParameter {
  readonly name: string;
  /** Elements. */
  readonly length: number;
  /** Elements from the beginning of a vector or slot. */
  readonly offset: number;
}

/** Nothing lies at 0, which stands for "none" to kernels. */
export const headerBytes = 64;
/** Floats in a slot's place for them: few, so that they stay in the innermost cache. */
export const stagingElements = 2048;

/** A vector of 16-byte words in either width. */
const parameterAlignment = 8;
/** Whole cache lines in either width, so that threads do not share one. */
const strideAlignment = 32;

/** What a model's memory is to hold: `slots` at the most. */
export type ModelMemorySize = Omit<ModelMemory, 'banks'>;

/**
 * Vectors are there at once, all zero; slots as ModelArrays.reserve asks for them, up to `slots`. What nobody has written
 * to yet takes no memory of the machine's.
 * @throws Error as layOutBanks, or when the machine does not give the memory.
 */
export function createModelMemory(parameters: readonly NamedShape[], size: ModelMemorySize): ModelMemory {
  const banks = layOutBanks(parameters, size).map((layout): Bank => {
    const bytes = bytesWith(layout, size.slots);
    try {
      return { memory: createMemory(layout.slotsAt, bytes), layout };
    } catch (error) {
      throw new Error(`${describe(size)} need ${gibibytes(bytes)}, which this machine does not give`, { cause: error });
    }
  });
  return { ...size, banks };
}

/** The most slots that memories hold of a model's largest parameter; 0 where they do not even hold the vectors. */
export function mostSlots(parameters: readonly NamedShape[], size: Omit<ModelMemorySize, 'slots'>): number {
  const length = Math.max(...parameters.map(({ shape }) => elements(shape)));
  const { slotsAt, slotBytes } = layOut([{ name: '', length, offset: 0 }], size.format, size.vectors);
  return Math.max(0, Math.floor((arenaLimitBytes - slotsAt) / slotBytes));
}

/** Allocates nothing. @throws Error that names the parameter that is too large for a bank. */
export function layOutBanks(parameters: readonly NamedShape[], size: ModelMemorySize): BankLayout[] {
  const { format, vectors, slots } = size;
  const layoutOf = (packed: readonly PlacedParameter[]) => layOut(packed, format, vectors);
  const banks = packIntoBanks(parameters, (packed) => bytesWith(layoutOf(packed), slots) <= arenaLimitBytes);
  return banks.map((packed) => {
    const layout = layoutOf(packed);
    const bytes = bytesWith(layout, slots);
    if (bytes <= arenaLimitBytes) return layout;
    const [{ name, length }] = packed;
    throw new Error(
      `${describe(size)} need ${gibibytes(bytes)} for ${name} alone, a parameter of ${length} elements, and a memory holds ` +
        `${gibibytes(arenaLimitBytes)}: fewer shards or a smaller model need less`,
    );
  });
}

const describe = ({ vectors, slots, format }: ModelMemorySize) =>
  `${vectors} float32 vectors and ${slots} ${format.type} gradients of the model`;

/** A bank's bytes with so many slots. */
export function bytesWith({ slotsAt, slotBytes }: BankLayout, slots: number): number {
  return slotsAt + slots * slotBytes;
}

/** In the given order; a parameter that does not fit into a bank of its own gets one nevertheless. */
function packIntoBanks(
  parameters: readonly NamedShape[],
  fits: (packed: readonly PlacedParameter[]) => boolean,
): PlacedParameter[][] {
  const banks: PlacedParameter[][] = [];
  for (const { name, shape } of parameters) {
    const length = elements(shape);
    const last = banks.at(-1);
    const next = last && [...last, { name, length, offset: endOf(last) }];
    if (next !== undefined && fits(next)) banks[banks.length - 1] = next;
    else banks.push([{ name, length, offset: 0 }]);
  }
  return banks;
}

function endOf(packed: readonly PlacedParameter[]): number {
  const { offset, length } = packed[packed.length - 1];
  return roundUp(offset + length, parameterAlignment);
}

function layOut(parameters: readonly PlacedParameter[], { type }: GradientFormat, vectors: number): BankLayout {
  const stride = roundUp(endOf(parameters), strideAlignment);
  const vectorBytes = 4 * stride;
  const slotsAt = headerBytes + vectors * vectorBytes;
  const stagingOffset = type === 'float32' ? vectorBytes : 2 * stride;
  const slotBytes = stagingOffset + (type === 'float32' ? 0 : 4 * stagingElements);
  return { parameters, vectorBytes, slotsAt, slotBytes, stagingOffset };
}

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
