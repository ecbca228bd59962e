// What learns: the `model` of each task.

import { choice, finite, flag, mapping, path, share, size, whole } from './kinds.ts';

/** The recurrent layers, which every task has. */
const recurrentFields = {
  cell: choice('lstm', 'gru', 'rnn').describe('The recurrent cell of every layer.'),
  activation: choice('tanh', 'relu', 'sigmoid').default('tanh').describe('Of an rnn: the function after its sum.'),
  reset: choice('after', 'before')
    .default('after')
    .describe(
      'Of a gru: whether the reset gate is applied after the matrix product (cuDNN, PyTorch) or before (Cho et al. 2014).',
    ),
  layers: whole(1, 1000).describe('Recurrent layers, one upon the other.'),
  hidden: size().describe('Width of every recurrent layer.'),
  projection: size()
    .optional()
    .describe(
      'Of an lstm: width that its states h are projected to, below hidden (Sak et al. 2014). Default: none are.',
    ),
  variational: flag()
    .default(false)
    .describe('dropout drops the same values at every time step (Gal and Ghahramani 2016).'),
  recurrentDropout: share()
    .default(0)
    .describe('Share of the weights from state to state that every training step leaves out (Merity et al. 2018).'),
  normalization: choice('none', 'layer')
    .default('none')
    .describe('layer: the output of every layer is normalized over its features (Ba et al. 2016).'),
  residual: flag()
    .default(false)
    .describe('The input of every layer is added to its output where both have the same width.'),
  initializer: choice('uniform', 'orthogonal', 'glorot')
    .default('uniform')
    .describe(
      "First weights of the recurrent layers: uniform as PyTorch's; orthogonal: those from state to state, gate by gate (Saxe et al. 2014); glorot: uniform as Glorot and Bengio 2010 have it.",
    ),
  forgetBias: finite()
    .optional()
    .describe('Of an lstm: first bias of the forget gate, such as 1 (Jozefowicz et al. 2015). Default: drawn.'),
};

const dropout = share()
  .default(0)
  .describe('Share of the values that is dropped after the embedding and after every layer while training.');

const initial = path('a safetensors file')
  .optional()
  .describe("The first weights: a safetensors file with PyTorch's names and shapes. Default: drawn from the seed.");

export const languageModel = mapping({
  ...recurrentFields,
  embedding: size().describe('Width of the embedding of a symbol.'),
  dropout,
  tied: flag().default(false).describe('The output weights are the embedding weights.'),
  initial,
});

export const classifier = mapping({
  ...recurrentFields,
  bidirectional: flag().default(false).describe('Every layer reads the sequence in both directions.'),
  embedding: size().optional().describe('Width of the embedding of a symbol, where the sequences are texts.'),
  pooling: choice('last', 'mean', 'max', 'attention')
    .default('last')
    .describe(
      'What of the last layer decides: its final state, the mean or maximum over time, or a sum whose weights are learnt (Yang et al. 2016).',
    ),
  dropout,
  initial,
});

const characters = mapping({
  embedding: size().describe('Width of the embedding of a character.'),
  hidden: size().describe('Width of the layer, of each direction.'),
  longest: whole(1, 1000).default(20).describe('Characters of a word that are read: of a longer one the first.'),
});

export const tagger = mapping({
  ...recurrentFields,
  bidirectional: flag().default(true).describe('Every layer reads the sentence in both directions.'),
  embedding: size().describe('Width of the embedding of a word.'),
  characters: characters
    .optional()
    .describe(
      'A bidirectional layer of the same cell over the characters of every word, whose final states stand beside its embedding (Lample et al. 2016). Default: none.',
    ),
  mark: size().optional().describe('Of roles: width of the embedding that marks the predicate.'),
  output: choice('crf', 'softmax')
    .default('crf')
    .describe(
      'crf: a conditional random field, which judges all tags of a sentence together. softmax: each tag by itself.',
    ),
  dropout,
  initial,
});

export const forecaster = mapping({
  ...recurrentFields,
  output: choice('last', 'every')
    .default('last')
    .describe(
      'Which steps of a window forecast while training: the last, or every one what follows it (many-to-many). What is reported is the last.',
    ),
  dropout,
  initial,
});

export const translator = mapping({
  ...recurrentFields,
  embedding: size().describe('Width of the embeddings of symbols, of those read and of those written.'),
  bidirectional: flag().default(false).describe('Every layer of the encoder reads the source in both directions.'),
  attention: choice('none', 'dot', 'general', 'additive')
    .default('general')
    .describe(
      'How the decoder looks back at the source: scores of all its steps by a product of states, or by one behind a layer (Luong et al. 2015), or by a small network (Bahdanau et al. 2015). none: only the last states of the encoder are known.',
    ),
  dropout,
  tied: flag().default(false).describe('The output weights are the embedding weights of what is written.'),
  initial,
});

export const regressor = mapping({
  ...recurrentFields,
  bidirectional: flag().default(false).describe('Every layer reads the sequence in both directions.'),
  output: choice('last', 'mean', 'max', 'every')
    .default('last')
    .describe(
      'What of the last layer tells the value of a sequence: its final state, or the mean or maximum over time; or every step tells its own.',
    ),
  dropout,
  initial,
});
