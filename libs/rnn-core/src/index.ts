// The numerics of recurrent networks: programs, their derivatives, models, the Engine contract and the reference engine.

export * from './engine.ts';
export * from './fingerprint.ts';
export { checkInputs, checkIntegers, type IntegerBound, integerBounds, keepWeights } from './inputs.ts';
export { type Classifier, classifier, type Pooling, type SequenceInput } from './models/classifier.ts';
export * from './models/language-model.ts';
export type { Model, ShardShape } from './models/model.ts';
export * from './models/parameter.ts';
export { type RecurrentStack, stateWidth } from './models/recurrent-stack.ts';
export { type Regressor, regressor } from './models/regressor.ts';
export * from './models/tagger.ts';
export * from './models/translator.ts';
export { type Activation, type Cell, gateCount, type Reset, savedCount } from './program/cell.ts';
export { type Cotangent, derivative } from './program/derivative.ts';
export type { Operation, OperationKind } from './program/operation.ts';
export {
  type InputRole,
  inputsOf,
  type OutputRole,
  outputsOf,
  type Port,
  type Program,
  portType,
} from './program/program.ts';
export {
  asMatrix,
  describe,
  type ElementType,
  elements,
  type Shape,
  sameShape,
  type Tensor,
  type TensorData,
  type TensorId,
  type Tensors,
  type TensorType,
} from './program/tensor.ts';
export { Trace } from './program/trace.ts';
export { fillDropoutMask, hashOf, maskHash, mix, normal, uniform } from './random.ts';
export { createReferenceEngine } from './reference/engine.ts';
export { viterbi } from './viterbi.ts';
