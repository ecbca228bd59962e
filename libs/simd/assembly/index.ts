// What the module exports: the names of Kernels in src/kernels.ts.

export { activation, activationGradient } from './activation';
export { additiveScores, additiveScoresGradient, doubledExponentials } from './additive-score';
export { crfForward, crfLoss, crfOdds } from './crf';
export { crfBackward, crfCounts, crfGradient } from './crf-gradient';
export { crossEntropy, crossEntropyGradient } from './cross-entropy';
export { dropoutMask } from './dropout';
export { exp, log, sigmoid, tanh } from './elementwise';
export { embedding, embeddingGradient } from './embedding';
export { allFinite, allFiniteBfloat16, allFiniteFloat16 } from './finite';
export { gemm, setGemmScratch } from './gemm';
export { gruAfterBackward, gruAfterForward } from './gru-after';
export {
  gruBeforeGatesBackward,
  gruBeforeGatesForward,
  gruBeforeOutputBackward,
  gruBeforeOutputForward,
} from './gru-before';
export {
  addBfloat16Into,
  addFloat16Into,
  fromBfloat16,
  fromFloat16,
  toBfloat16,
  toFloat16,
} from './halves';
export { columnMoments, layerNorm, layerNormGradient, layerNormSums } from './layer-norm';
export { lstmBackward, lstmForward } from './lstm';
export { add, addBias, copy, fill, maskColumns, multiply, rowSums, transpose } from './matrix';
export { adam, rmsprop, sgd } from './optimizers';
export { pool, poolGradient } from './pool';
export { projectionBackward, projectionForward } from './projection';
export { regressionLoss, regressionLossGradient } from './regression';
export { rnnBackward, rnnForward } from './rnn';
export { softmaxRows, softmaxRowsGradient } from './softmax';
export { addInto, clip, sumOfSquares } from './sums';
export { weightedCrossEntropy, weightedCrossEntropyGradient } from './weighted-cross-entropy';
