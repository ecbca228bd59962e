// The table of all operations.

import type { Definition } from './definition.ts';
import type { OperationKind } from './operation.ts';
import { activation, activationGradient } from './operations/activation.ts';
import { attention, attentionGradient } from './operations/attention.ts';
import { crf, crfGradient } from './operations/crf.ts';
import { crossEntropy, crossEntropyGradient } from './operations/cross-entropy.ts';
import { dropoutMask } from './operations/dropout.ts';
import { add, fill, multiply } from './operations/elementwise.ts';
import { embedding, embeddingGradient } from './operations/embedding.ts';
import { concat, pad, slice } from './operations/features.ts';
import { layerNorm, layerNormGradient } from './operations/layer-norm.ts';
import { linear, matmul, sumRows } from './operations/linear.ts';
import { pool, poolGradient } from './operations/pool.ts';
import { recurrent, recurrentGradient } from './operations/recurrent.ts';
import { regressionLoss, regressionLossGradient } from './operations/regression-loss.ts';
import { reshape } from './operations/reshape.ts';

export const definitions: { readonly [K in OperationKind]: Definition<K> } = {
  embedding,
  embeddingGradient,
  linear,
  matmul,
  sumRows,
  add,
  multiply,
  concat,
  slice,
  pad,
  fill,
  reshape,
  activation,
  activationGradient,
  layerNorm,
  layerNormGradient,
  dropoutMask,
  recurrent,
  recurrentGradient,
  attention,
  attentionGradient,
  pool,
  poolGradient,
  crossEntropy,
  crossEntropyGradient,
  regressionLoss,
  regressionLossGradient,
  crf,
  crfGradient,
};
