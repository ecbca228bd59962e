// The scores that each field judges its models by, and the naive forecasts beside them.

export { type Bleu, bleu } from './bleu.ts';
export { chrf } from './chrf.ts';
export { accuracy, type Confusion, confusion, macroF1 } from './classes.ts';
export { repeatLast, repeatSeason } from './naive.ts';
export { mae, mase, mse, naiveError, r2, rmse } from './regression.ts';
export { labelF1, type Span, type SpanScore, type SpanScores, spanF1, spansOf } from './span-f1.ts';
