// Tensors as a program sees them: a shape and an element type, no data.

/** Sizes from the outermost axis to the innermost; data is row-major. */
export type Shape = readonly number[];

export type ElementType = 'float32' | 'int32';

export interface TensorType {
  readonly shape: Shape;
  readonly type: ElementType;
}

/** Index into `Program.tensors`. */
export type TensorId = number;

/** A value that a trace hands out: its place in the program and what it holds. */
export interface Tensor extends TensorType {
  readonly id: TensorId;
}

/** The data behind one tensor, row-major. */
export type TensorData = Float32Array | Int32Array;

/** Data by tensor name. */
export type Tensors = Readonly<Record<string, TensorData>>;

export function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A shape read as a matrix: all axes but the last are rows. */
export function asMatrix(shape: Shape): { rows: number; columns: number } {
  const columns = shape.at(-1) ?? 1;
  return { rows: elements(shape) / columns, columns };
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function describe(tensor: TensorType): string {
  return `${tensor.type}[${tensor.shape.join(', ')}]`;
}
