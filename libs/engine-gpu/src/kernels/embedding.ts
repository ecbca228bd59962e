// Embedding: a gather, and its derivative as a gather too, over the places of each id that the host has listed.

import { type Emit, emitMatrix, type Handle, type Matrix } from '../emit.ts';

/** table [V, E], ids [1, N] → y [N, E] */
export function embedding(emit: Emit, table: Matrix, ids: Handle, N: number): Matrix {
  const body = 'return table[ids[0][this.thread.y]][this.thread.x];';
  return emitMatrix(emit, { table: table.handle, ids }, N, table.columns, body);
}

/** ids [N] → starts [V + 1]: how many ids are smaller than v */
export function startsOf(ids: Int32Array, V: number): Float32Array {
  const starts = new Float32Array(V + 1);
  for (const id of ids) starts[id + 1] += 1;
  for (let v = 0; v < V; v++) starts[v + 1] += starts[v];
  return starts;
}

/** ids [N] → places [N]: id v stands at places[starts[v]] … places[starts[v + 1] - 1], ascending */
export function placesOf(ids: Int32Array, V: number): Float32Array {
  const next = startsOf(ids, V);
  const places = new Float32Array(ids.length);
  ids.forEach((id, place) => {
    places[next[id]] = place;
    next[id] += 1;
  });
  return places;
}

/** starts [1, V + 1], places [1, N], dy [N, E] → dTable [V, E]: the sum of dy over the places of each id */
export function embeddingGradient(emit: Emit, starts: Handle, places: Handle, dy: Matrix, V: number): Matrix {
  const body = `
    let sum = 0;
    for (let i = starts[0][this.thread.y]; i < starts[0][this.thread.y + 1]; i += 1) {
      sum += dy[places[0][i]][this.thread.x];
    }
    return sum;
    `;
  return emitMatrix(emit, { starts, places, dy: dy.handle }, V, dy.columns, body);
}
