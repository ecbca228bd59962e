// Orthogonal matrices as first values of recurrent weights (Saxe, McClelland and Ganguli 2014).

/**
 * Makes a matrix of normal numbers orthogonal: the vectors of its shorter side, columns if it is square, become orthonormal
 * (modified Gram-Schmidt, whose R has a positive diagonal, so that no direction is preferred). Sums, products, quotients and
 * square roots in double precision alone: the same bits on every machine.
 * @param matrix [rows, columns], changed in place.
 * @throws Error when a vector depends on those before it, which random numbers do not.
 */
export function orthogonalize(matrix: Float64Array, rows: number, columns: number): void {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const at = rows < columns ? (v: number, i: number) => v * columns + i : (v: number, i: number) => i * columns + v;
  // One vector after the other in memory, so that long sums read it in its order.
  const vectors = Array.from({ length: count }, (_, v) => Float64Array.from({ length }, (_, i) => matrix[at(v, i)]));
  for (const [v, vector] of vectors.entries()) {
    for (const earlier of vectors.slice(0, v)) {
      const share = dot(vector, earlier);
      for (let i = 0; i < length; i++) vector[i] -= share * earlier[i];
    }
    const size = Math.sqrt(dot(vector, vector));
    if (!(size > 0)) throw new Error(`vector ${v} of ${count} depends on those before it`);
    for (let i = 0; i < length; i++) {
      vector[i] /= size;
      matrix[at(v, i)] = vector[i];
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
