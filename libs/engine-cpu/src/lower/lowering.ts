// What the lowering of every operation works with: the arena's layout, the steps so far, where each tensor lies.

import { asMatrix, elements, type Program, type TensorId } from '@rondo/rnn-core';
import { isPlain, type Major, type Matrix, stored } from '../matrix.ts';
import type { Machine, Result, Stage, Step, StepKind } from '../steps.ts';
import type { AttentionTape } from './attention.ts';
import type { CrfTape } from './crf.ts';
import type { Gathered } from './input.ts';
import type { Moments } from './layer-norm.ts';
import type { Tape } from './recurrent.ts';

/** A cache line: where tensors begin, in bytes. */
const alignment = 64;
const lineElements = alignment / 4;

export class Lowering {
  readonly program: Program;
  readonly #stages: { steps: Step[]; results: Result[] }[] = [];
  /** What a recurrent layer's derivative needs of its forward pass, by the layer's output y. */
  readonly tapes = new Map<TensorId, Tape>();
  /** What attention's derivative needs of its forward pass, by its weights. */
  readonly attentions = new Map<TensorId, AttentionTape>();
  /** Means and deviations of a tensor's rows, by its id and epsilon: a normalization and its gradient share them. */
  readonly moments = new Map<string, Moments>();
  /** logsumexp of logits, by their id: the loss and its gradient share it. */
  readonly logTotals = new Map<TensorId, number>();
  /** What a conditional random field's derivative needs of its forward pass, by its operands. */
  readonly crfTapes = new Map<string, CrfTape>();
  /** Rows of an embedding's table that a tensor stands for. */
  readonly gathered = new Map<TensorId, Gathered>();
  /** Cotangents of such tensors, and how to add them up by `ids` at less cost than from the tensor itself. */
  readonly scattered = new Map<TensorId, { readonly ids: number; into(dTable: Matrix): void }>();
  readonly #later = new Map<TensorId, () => void>();
  readonly #matrices = new Map<TensorId, Matrix>();
  readonly #converted = new Map<TensorId, Matrix>();
  readonly #integers = new Map<TensorId, number>();
  readonly #used: ReadonlySet<TensorId>;
  readonly #delivered = new Set<TensorId>();
  #bytes: number;

  /** @param reserved bytes at the memory's start that belong to the kernels. */
  constructor(program: Program, reserved: number) {
    this.program = program;
    this.#bytes = reserved;
    this.#used = new Set([
      ...program.operations.flatMap(({ inputs }) => Object.values(inputs) as TensorId[]),
      ...program.outputs.map(({ tensor }) => tensor),
    ]);
  }

  /** Bytes of the memory that are laid out so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All steps so far, cut where results are final. */
  get stages(): readonly Stage[] {
    return this.#stages;
  }

  emit(kind: StepKind, run: (machine: Machine) => void): void {
    let stage = this.#stages.at(-1);
    if (stage === undefined || stage.results.length > 0) {
      stage = { steps: [], results: [] };
      this.#stages.push(stage);
    }
    stage.steps.push({ kind, run });
  }

  /** Delivers the tensor after the steps so far, where the program puts it out: no step after this changes it. */
  final(id: TensorId): void {
    if (this.#delivered.has(id)) return;
    this.#delivered.add(id);
    for (const port of this.program.outputs.filter(({ tensor }) => tensor === id)) {
      const { at } = this.plain(id);
      if (this.#stages.length === 0) this.#stages.push({ steps: [], results: [] });
      this.#stages.at(-1)?.results.push({ port, at, length: elements(this.shape(id)) });
    }
  }

  /** Lays out memory, aligned to a cache line. */
  take(bytes: number): number {
    const at = Math.ceil(this.#bytes / alignment) * alignment;
    this.#bytes = at + bytes;
    return at;
  }

  /**
   * Lays out a matrix. By features, the leading dimension is an odd number of cache lines: neighbouring features
   * fall on different cache sets.
   */
  allocate(major: Major, rows: number, features: number): Matrix {
    const lines = Math.ceil(rows / lineElements);
    const ld = major === 'rows' ? features : (lines + (lines % 2 === 0 ? 1 : 0)) * lineElements;
    const at = this.take(4 * ld * (major === 'rows' ? rows : features));
    return { major, rows, features, at, ld };
  }

  /** Whether an operation or an output reads the tensor. */
  needs(id: TensorId | undefined): id is TensorId {
    return id !== undefined && this.#used.has(id);
  }

  shape(id: TensorId): readonly number[] {
    return this.program.tensors[id].shape;
  }

  sizes(id: TensorId): { rows: number; features: number } {
    const { rows, columns } = asMatrix(this.shape(id));
    return { rows, features: columns };
  }

  /** Lays out an operation's result. */
  result(id: TensorId, major: Major): Matrix {
    const { rows, features } = this.sizes(id);
    const matrix = this.allocate(major, rows, features);
    this.#matrices.set(id, matrix);
    return matrix;
  }

  /** Says where a result lies that needs no memory of its own. */
  set(id: TensorId, matrix: Matrix): void {
    this.#matrices.set(id, matrix);
  }

  /** Leaves a result to be computed when an operation first asks for it. Its operands must still be as they are now. */
  later(id: TensorId, compute: () => void): void {
    this.#later.set(id, compute);
  }

  /** A tensor that was computed before, or an input. */
  matrix(id: TensorId): Matrix {
    this.#later.get(id)?.();
    this.#later.delete(id);
    const matrix = this.#matrices.get(id);
    if (matrix === undefined) throw new Error(`${this.program.name}: tensor ${id} is computed by no operation`);
    return matrix;
  }

  /** The same, stored the wanted way: transposed once where it is not. */
  as(major: Major, id: TensorId): Matrix {
    const matrix = this.matrix(id);
    if (matrix.major === major) return matrix;
    const converted = this.#converted.get(id) ?? this.allocate(major, matrix.rows, matrix.features);
    if (!this.#converted.has(id)) this.copy(matrix, converted);
    this.#converted.set(id, converted);
    return converted;
  }

  /** The same with its elements one after the other, as a program's inputs and outputs have them: copied where they lie otherwise. */
  plain(id: TensorId): Matrix {
    const matrix = this.matrix(id);
    if (isPlain(matrix)) return matrix;
    const plain = this.allocate('rows', matrix.rows, matrix.features);
    this.copy(matrix, plain);
    return plain;
  }

  /** Emits a copy between matrices of one size, transposed where they are stored differently. */
  copy(from: Matrix, to: Matrix): void {
    const { rows, columns } = stored(from);
    if (from.major === to.major) {
      this.emit('other', ({ kernels }) => kernels.copy(from.at, from.ld, rows, columns, to.at, to.ld));
    } else {
      this.emit('other', ({ kernels }) => kernels.transpose(from.at, from.ld, rows, columns, to.at, to.ld));
    }
  }

  fill(matrix: Matrix, value: number): void {
    const { rows, columns } = stored(matrix);
    this.emit('other', ({ kernels }) => kernels.fill(matrix.at, matrix.ld, rows, columns, value));
  }

  /** Where an int32 input lies. */
  integers(id: TensorId): number {
    const at = this.#integers.get(id);
    if (at === undefined) throw new Error(`${this.program.name}: int32 tensor ${id} must be an input of the program`);
    return at;
  }

  /** Where sequences' lengths lie; 0 stands for none. */
  lengths(id: TensorId | undefined): number {
    return id === undefined ? 0 : this.integers(id);
  }

  setIntegers(id: TensorId, at: number): void {
    this.#integers.set(id, at);
  }

  /** Emits `to` = op(a) op(b), or `to` += with beta 1, however the three are stored. */
  product(a: Matrix, transposeA: boolean, b: Matrix, transposeB: boolean, to: Matrix, beta: 0 | 1 = 0): void {
    const k = transposeA ? a.rows : a.features;
    // As stored, a matrix by features is the transpose of what it stands for.
    const flagA = flag(transposeA !== (a.major === 'features'));
    const flagB = flag(transposeB !== (b.major === 'features'));
    const { rows: m, columns: n } = stored(to);
    if (to.major === 'rows') {
      this.emit('product', ({ gemm }) => gemm(flagA, flagB, m, n, k, a.at, a.ld, b.at, b.ld, beta, to.at, to.ld));
    } else {
      const [left, right] = [flag(flagB === 0), flag(flagA === 0)];
      this.emit('product', ({ gemm }) => gemm(left, right, m, n, k, b.at, b.ld, a.at, a.ld, beta, to.at, to.ld));
    }
  }
}

const flag = (transposed: boolean): 0 | 1 => (transposed ? 1 : 0);
