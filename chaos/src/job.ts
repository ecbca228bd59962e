// What is trained while things break: a small model on a text of the harness's own.

/** One more than a worker's share of it divides among seven, so that one that is gone does not leave others idle. */
const shards = 56;

export const batch = 2 * shards;

export const text = Array.from({ length: 4000 }, (_, i) => `line ${i}: ${(i * i) % 997} times ${i % 13}\n`).join('');

/** @param steps of a run. */
export function specOf(steps: number, checkpointEvery: number): string {
  return `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: chaos }
spec:
  task: language-model
  seed: 11
  data: { text: text.txt, unit: character, validation: 0.02 }
  model: { cell: lstm, layers: 1, hidden: 32, embedding: 16, dropout: 0.1 }
  training:
    batch: ${batch}
    sequence: 8
    shards: ${shards}
    stateful: true
    optimizer: { name: adam, learningRate: 0.01 }
    schedule: { name: cosine, warmup: 5 }
    clipNorm: 0.5
    steps: ${steps}
    validateEvery: ${steps}
    checkpointEvery: ${checkpointEvery}
  engine: cpu-portable
`;
}
