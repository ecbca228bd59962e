// The arrays the reference engine computes on; float64 sharpens finite differences, float32 is what engines promise.

export type Floats = Float32Array | Float64Array;
export type Precision = 'float32' | 'float64';

export function floats(precision: Precision, length: number): Floats {
  return precision === 'float32' ? new Float32Array(length) : new Float64Array(length);
}
