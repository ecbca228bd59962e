// A model's memory as one thread computes with it: views of its vectors and slots, and the kernels over its banks.

import { growMemory, instantiateUpdateKernels, type UpdateKernels } from '@rondo/simd';
import type { Floats } from '../floats.ts';
import type { GradientFormat } from './format.ts';
import {
  type Bank,
  bytesWith,
  headerBytes,
  type ModelMemory,
  type PlacedParameter,
  stagingElements,
} from './model-memory.ts';

/** A gradient in the element type of the wire, by parameter; 16-bit floats as their bits. */
export type SlotArrays = Readonly<Record<string, Float32Array | Uint16Array>>;

/** Where one parameter lies, in bytes from the beginning of its bank's memory, and the kernels over that bank. */
export interface ParameterPlace {
  readonly name: string;
  /** Elements. */
  readonly length: number;
  readonly kernels: UpdateKernels;
  vectorAt(index: number): number;
  slotAt(index: number): number;
}

/** By element type; float32 is neither rounded nor widened. */
const kernelNames = {
  float32: { round: undefined, widen: undefined, addInto: 'addInto', allFinite: 'allFinite' },
  float16: { round: 'toFloat16', widen: 'fromFloat16', addInto: 'addFloat16Into', allFinite: 'allFiniteFloat16' },
  bfloat16: { round: 'toBfloat16', widen: 'fromBfloat16', addInto: 'addBfloat16Into', allFinite: 'allFiniteBfloat16' },
} as const;

/** Every thread has its own; threads may work at once on different slots, or add different parameters of one. */
export class ModelArrays {
  readonly format: GradientFormat;
  /** In order of name: the order of every sum over parameters. */
  readonly places: readonly ParameterPlace[];
  readonly #slots: number;
  readonly #banks: readonly Bank[];
  readonly #byName: ReadonlyMap<string, ParameterPlace & { readonly bank: Bank }>;
  /** Views of slots, made once; memory that grows leaves them valid. */
  readonly #views = new Map<number, SlotArrays>();

  constructor(memory: ModelMemory) {
    this.format = memory.format;
    this.#slots = memory.slots;
    this.#banks = memory.banks;
    const places = memory.banks.flatMap((bank) => {
      const kernels = instantiateUpdateKernels(bank.memory);
      return bank.layout.parameters.map((parameter) => placeIn(memory, bank, parameter, kernels));
    });
    this.#byName = new Map(places.map((place) => [place.name, place]));
    this.places = places.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Makes slots 0 to slots - 1 exist, by one thread at a time; every thread may use them as soon as this has returned.
   * @throws Error when there are never to be so many, or when the machine does not give the memory.
   */
  reserve(slots: number): void {
    if (slots > this.#slots) throw new Error(`${slots} slots wanted of a model memory for ${this.#slots}`);
    for (const { memory, layout } of this.#banks) {
      try {
        growMemory(memory, bytesWith(layout, slots));
      } catch (error) {
        throw new Error(`this machine does not give the memory for ${slots} gradients of the model`, { cause: error });
      }
    }
  }

  vector(index: number): Floats {
    return this.#record(({ bank, vectorAt, length }) => {
      return new Float32Array(bank.memory.buffer, vectorAt(index), length);
    });
  }

  /** @throws Error when no thread has reserved the slot. */
  slot(index: number): SlotArrays {
    const known = this.#views.get(index);
    if (known !== undefined) return known;
    const isFloat32 = this.format.type === 'float32';
    const views = this.#record(({ bank, slotAt, length }) => {
      const [buffer, at] = [reaching(bank, index), slotAt(index)];
      return isFloat32 ? new Float32Array(buffer, at, length) : new Uint16Array(buffer, at, length);
    });
    this.#views.set(index, views);
    return views;
  }

  /**
   * Writes one parameter of a slot: values · 2^exponent, rounded to the slot's type. One thread at a time may do so to a
   * slot, whatever the parameters.
   * @param values may lie in any memory.
   */
  put(slot: number, parameter: string, values: Float32Array): void {
    const { bank, kernels, length } = this.#place(parameter);
    if (values.length !== length) throw new Error(`${parameter}: ${values.length} elements, expected ${length}`);
    const { round } = kernelNames[this.format.type];
    const target = this.slot(slot)[parameter];
    if (round === undefined) target.set(values);
    else this.#putRounded(kernels[round], bank, slot, target.byteOffset, values);
  }

  /** Piece by piece, by way of the slot's place for floats. */
  #putRounded(round: UpdateKernels['toFloat16'], bank: Bank, slot: number, at: number, values: Float32Array): void {
    const scale = 2 ** this.format.exponent;
    const stagingAt = stagingOf(bank, slot);
    const staging = new Float32Array(bank.memory.buffer, stagingAt, stagingElements);
    for (let first = 0; first < values.length; first += stagingElements) {
      const piece = values.subarray(first, first + stagingElements);
      staging.set(piece);
      round(piece.length, scale, stagingAt, at + 2 * first);
    }
  }

  /** left = round(left + right), two slots; one parameter or all. */
  addInto(left: number, right: number, parameter?: string): void {
    const { addInto } = kernelNames[this.format.type];
    const places = parameter === undefined ? this.places : [this.#place(parameter)];
    for (const { kernels, length, slotAt } of places) kernels[addInto](length, slotAt(right), slotAt(left));
  }

  /** Whether one parameter of a slot holds neither infinities nor NaN. */
  allFinite(slot: number, parameter: string): boolean {
    const { kernels, length, slotAt } = this.#place(parameter);
    return kernels[kernelNames[this.format.type].allFinite](length, slotAt(slot)) === 1;
  }

  /**
   * Makes a slot readable as float32, times 2^-exponent.
   * @param vector where a gradient of 16 bits is widened to; float32 is read where it lies.
   * @returns where each parameter's values then are.
   */
  widen(slot: number, vector: number | undefined): (place: ParameterPlace) => number {
    const { type, exponent } = this.format;
    const { widen } = kernelNames[type];
    if (widen === undefined) return ({ slotAt }) => slotAt(slot);
    if (vector === undefined) throw new Error(`${type} gradients need a vector to be widened to`);
    for (const { kernels, length, slotAt, vectorAt } of this.places) {
      kernels[widen](length, 2 ** -exponent, slotAt(slot), vectorAt(vector));
    }
    return ({ vectorAt }) => vectorAt(vector);
  }

  #place(parameter: string) {
    const place = this.#byName.get(parameter);
    if (place === undefined) throw new Error(`${parameter}: no parameter of this model`);
    return place;
  }

  /** In the order in which the parameters were given. */
  #record<T>(view: (place: ParameterPlace & { readonly bank: Bank }) => T): Record<string, T> {
    return Object.fromEntries([...this.#byName.values()].map((place) => [place.name, view(place)]));
  }
}

function placeIn(
  { format, vectors, slots }: ModelMemory,
  bank: Bank,
  { name, length, offset }: PlacedParameter,
  kernels: UpdateKernels,
) {
  const { vectorBytes, slotsAt, slotBytes } = bank.layout;
  const width = format.type === 'float32' ? 4 : 2;
  const existing = (what: string, index: number, count: number) => {
    if (index >= 0 && index < count) return index;
    throw new Error(`${what} ${index} of a model memory for ${count}`);
  };
  return {
    name,
    length,
    bank,
    kernels,
    vectorAt: (index: number) => headerBytes + existing('vector', index, vectors) * vectorBytes + 4 * offset,
    slotAt: (index: number) => slotsAt + existing('slot', index, slots) * slotBytes + width * offset,
  };
}

/** Where a slot's place for floats is. */
function stagingOf({ layout: { slotsAt, slotBytes, stagingOffset } }: Bank, slot: number): number {
  return slotsAt + slot * slotBytes + stagingOffset;
}

/** The bank's buffer, as large as a slot needs it; another thread may have grown it. */
function reaching({ memory, layout }: Bank, slot: number): SharedArrayBuffer {
  const bytes = bytesWith(layout, slot + 1);
  if (memory.buffer.byteLength < bytes) memory.grow(0);
  if (memory.buffer.byteLength < bytes) throw new Error(`slot ${slot} of the model memory is not reserved`);
  return memory.buffer;
}
