// The spec that `rondo init` writes: every common field with a line that explains it; those that are left out are comments.

/** @param name of the job: lowercase letters, digits and inner hyphens. */
export const firstSpec = (
  name: string,
): string => `# A training job of Rondo. Train it here: rondo train FILE; on a cluster: rondo submit FILE --coordinator HOST:PORT
# An editor explains every field after \`rondo schema > spec.schema.json\`, with the line
#   # yaml-language-server: $schema=spec.schema.json
# at the top of this file. One field for one run: rondo train FILE --set training.steps=100
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata:
  name: ${name} # what its runs are called: ${name}-1, ${name}-2
spec:
  task: language-model # predict the next symbol of a text
  seed: 7 # everything random follows from it
  data:
    text: ["*.txt"] # files or globs, relative to this file; on a cluster relative to the coordinator's --data-root
    unit: character # what is read and predicted: character | byte | word | byte-pair
    # merges: 1000 # of byte-pair units: how often the two neighbours seen most are made one
    validation: 0.1 # the last share of the text, which is not trained on; 0: no validation
  model:
    cell: lstm # lstm | gru | rnn
    # activation: tanh # of an rnn: tanh | relu | sigmoid
    # reset: after # of a gru: reset gate after the matrix product, as in PyTorch, or before it: after | before
    layers: 1 # recurrent layers, one upon the other
    hidden: 128 # width of every layer
    # projection: 64 # of an lstm: width that its states are projected to, below hidden
    variational: false # true: dropout drops the same values at every time step
    recurrentDropout: 0 # share of the weights from state to state that every step leaves out
    normalization: none # layer: the output of every layer is normalized
    residual: false # true: the input of every layer is added to its output, where they are equally wide
    initializer: uniform # first weights of the recurrent layers: uniform | orthogonal | glorot
    # forgetBias: 1 # of an lstm: first bias of the forget gate
    embedding: 64 # width of a symbol's embedding
    dropout: 0 # share dropped after the embedding and after every layer
    tied: false # output weights are the embedding weights; needs embedding = hidden
    # initial: first.safetensors # weights to start from, with PyTorch's names and shapes
  training:
    batch: 32 # sequences in a batch; a multiple of shards
    sequence: 64 # time steps of a sequence
    shards: 4 # parts of a batch, each computed by one worker; the result depends on them, not on the number of workers
    stateful: true # the state after a step is the first of the next
    optimizer: { name: adam, learningRate: 0.003 } # sgd | rmsprop | adam | adamw, with PyTorch's options in camelCase
    schedule: { name: cosine, warmup: 50 } # constant | step (every, gamma) | cosine | linear; warmup: steps from 0 to the full rate
    # clipValue: 0.5 # largest magnitude of an element of the gradient, before clipNorm is looked at
    clipNorm: 1 # largest norm of the whole gradient
    gradients: float32 # what travels: float32 | float16 | bfloat16 (16 bits: half the bytes)
    steps: 1000 # length of the run
    # epochs: 3 # or this in place of steps: passes over the text
    validateEvery: 200 # steps from one validation to the next
    checkpointEvery: 200 # steps from one checkpoint to the next
    metric: loss # what the best checkpoint goes by, and patience
    # patience: 5 # validations without a better one after which the run ends early
    keep: 3 # checkpoints that are kept beside the best one
    minWorkers: 1 # workers that the run waits for before it starts
    mixed: false # true: let workers of different arithmetic compute together, which gives up equal bits
    audit: 0 # share of the work that a second worker repeats, to find who computes wrong bits
  engine: auto # auto | webgpu | cpu | cpu-portable | webasm | js | reference; auto: a real GPU, else cpu
`;
