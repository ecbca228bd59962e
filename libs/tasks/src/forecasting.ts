// The task `forecasting`: how time series go on, from a window of their past.

import { DataFault } from '@rondo/data';
import { type Model, regressor } from '@rondo/rnn-core';
import type { ForecastingData, ForecastingJob } from '@rondo/spec';
import { changesOf, levelsOf, type Scales, undo } from './forecast-scales.ts';
import { forecastScorer, haveScale, type NaiveScores, naiveErrors, naiveScores } from './forecast-scores.ts';
import { cutOf, lastRows, rowsBefore, type WindowRun, windowPlan, windowRows, windowsOf } from './forecast-windows.ts';
import { stackOf } from './language-model.ts';
import { areScales, learnScales } from './scales.ts';
import type { JobPlace, Preparation, Scores, Task, TrainedExamples, UnjudgedExamples } from './task.ts';
import { givenTimeSeries, readTimeSeries, type SeriesRows, type TimeSeries } from './time-series.ts';

/** What is learnt from the training part beside the weights. */
interface Learnt {
  readonly scales: Scales;
  /** Of every target, for MASE; null: there is none. */
  readonly naiveErrors: readonly (number | null)[];
}

export const forecastingTask: Task<'forecasting'> = {
  async read(job, place) {
    const { data, seed } = job;
    const { batch, shards } = job.training;
    const series = await readTimeSeries(data, { patterns: data.train, field: 'spec.data.train' }, place);
    const validation = await validationOf(data, series, place);
    const learnt = learn(data, series);
    checkMetric(job, learnt);
    const last = lastRows(
      someOf(
        series.series.map((rows) => windowsOf(data, rows, rows.from, endOf(data, rows))),
        data,
        'spec.data.train',
      ),
      data.stride,
    );
    const planOf = (of: TimeSeries, rows: Int32Array, told: 'every' | 'last') =>
      windowPlan(data, windowRows(data, of, learnt.scales), rows, told, { batch, shards, seed });
    const read = [
      `${series.series.length} series of ${series.targets.length / data.targets.length} steps`,
      `${last.length} windows to train on`,
    ];
    const content = {
      model: modelOf(job),
      preparation: { ...learnt },
      training: planOf(series, last, job.model.output),
    };
    if (validation === undefined) return { ...content, validation: null, facts: read };
    const judged = lastRows(validation.runs, 1);
    const naive = naiveScores(validation.runs, validation.series, data);
    return {
      ...content,
      validation: planOf(validation.series, judged, 'last'),
      facts: [...read, `${judged.length} to validate with`, ...naiveFacts(naive)],
      scorer: (plan) => forecastScorer(plan, validation.series, learnt.scales.targets, errorsOf(learnt), data),
    };
  },
  restore(job, preparation) {
    return { model: modelOf(job), examples: askedOf(job.data, parseLearnt(job.data, preparation)) };
  },
};

/** Where the part of a series that is trained on ends. */
function endOf({ validate, validation }: ForecastingData, rows: SeriesRows): number {
  return validate === undefined ? cutOf(rows, validation) : rows.known;
}

interface Judged {
  readonly series: TimeSeries;
  readonly runs: readonly WindowRun[];
}

/** Undefined: nothing validates. */
async function validationOf(data: ForecastingData, trained: TimeSeries, place: JobPlace): Promise<Judged | undefined> {
  if (data.validate !== undefined) {
    const field = 'spec.data.validate';
    return allOf(data, await readTimeSeries(data, { patterns: data.validate, field }, place), field);
  }
  if (data.validation === 0) return undefined;
  const runs = trained.series.map((rows) => windowsOf(data, rows, endOf(data, rows), rows.known));
  return { series: trained, runs: someOf(runs, data, 'spec.data.validation') };
}

/** Every window of some series. @throws DataFault data-too-few. */
function allOf(data: ForecastingData, series: TimeSeries, field: string): Judged {
  const runs = series.series.map((rows) => windowsOf(data, rows, rows.from, rows.known));
  return { series, runs: someOf(runs, data, field) };
}

/** The runs that have a window. @throws DataFault data-too-few when none has. */
function someOf(runs: readonly WindowRun[], data: ForecastingData, field: string): WindowRun[] {
  const some = runs.filter(({ first, last }) => last >= first);
  if (some.length > 0) return some;
  const steps = `${rowsBefore(data)} to read and ${data.horizon} to forecast`;
  const message = `no series is long enough there for a window (${steps}); add steps, or make past, difference or horizon smaller`;
  throw new DataFault('data-too-few', message, field);
}

/** From the steps that are trained on alone. */
function learn(data: ForecastingData, series: TimeSeries): Learnt {
  const ranges = series.series.map((rows) => ({ from: rows.from, to: endOf(data, rows) }));
  const scalesOf = (values: Float64Array, { length: width }: readonly string[]) =>
    learnScales(
      ranges.map(({ from, to }) => values.subarray(from * width, to * width)),
      width,
      data.scale,
    );
  const changes = changesOf(levelsOf(series, data), series, data);
  return {
    scales: {
      targets: scalesOf(changes, data.targets),
      inputs: scalesOf(series.inputs, data.inputs),
      future: scalesOf(series.future, data.future),
    },
    naiveErrors: naiveErrors(series, ranges, data).map((error) => (error > 0 ? error : null)),
  };
}

function checkMetric({ training }: ForecastingJob, learnt: Learnt): void {
  if (training.metric !== 'mase' || haveScale(errorsOf(learnt))) return;
  const message =
    'the part that is trained on repeats itself exactly, or is no longer than a season: MASE has no scale; use rmse';
  throw new DataFault('data-value', message, 'spec.training.metric');
}

const errorsOf = (learnt: Learnt) => learnt.naiveErrors.map((error) => error ?? Number.NaN);

/** @throws DataFault vocabulary-invalid. */
function parseLearnt({ targets, inputs, future }: ForecastingData, preparation: Preparation): Learnt {
  const { scales, naiveErrors: errors } = preparation as Partial<Learnt>;
  const isWhole =
    areScales(scales?.targets, targets.length) &&
    areScales(scales?.inputs, inputs.length) &&
    areScales(scales?.future, future.length);
  if (scales !== undefined && isWhole && errors?.length === targets.length) return { scales, naiveErrors: errors };
  throw new DataFault(
    'vocabulary-invalid',
    'scales are missing, or not those of the columns; restore preparation.json',
  );
}

function modelOf({ data, model, training }: ForecastingJob): Model {
  const { dropout, variational, output } = model;
  return regressor({
    ...stackOf(model),
    ...{ dropout, variational, output },
    bidirectional: false,
    features: data.targets.length + data.inputs.length + data.horizon * data.future.length,
    outputs: data.horizon * data.targets.length,
    lastTells: true,
    loss: { kind: training.loss, delta: training.delta },
  });
}

const askedBatches = { batch: 32, shards: 1, seed: 0 };

function askedOf(data: ForecastingData, learnt: Learnt): TrainedExamples {
  const { scales } = learnt;
  return {
    async judged({ patterns }, place) {
      const { series, runs } = allOf(data, await readTimeSeries(data, { patterns, field: '--data' }, place), '--data');
      const plan = windowPlan(data, windowRows(data, series, scales), lastRows(runs, 1), 'last', askedBatches);
      const scorer = forecastScorer(plan, series, scales.targets, errorsOf(learnt), data);
      const naive = naiveScores(runs, series, data);
      return { plan, scorer: { ...scorer, scores: () => ({ ...scorer.scores(), ...besides(naive) }) } };
    },
    async unjudged({ patterns }, place) {
      const series = await readTimeSeries(data, { patterns, field: '--data' }, place);
      for (const rows of series.series) checkAsked(data, rows, whoIs(rows), '--data');
      return asked(data, series, scales);
    },
    given(examples) {
      const series = givenTimeSeries(data, examples);
      for (const [i, rows] of series.series.entries()) checkAsked(data, rows, `example ${i}`);
      return asked(data, series, scales);
    },
  };
}

/** What follows the last known row of every series. */
function asked(data: ForecastingData, series: TimeSeries, scales: Scales): UnjudgedExamples {
  const last = Int32Array.from(series.series, ({ known }) => known - 1);
  const levels = levelsOf(series, data);
  const [width, size] = [data.targets.length, data.horizon * data.targets.length];
  return {
    plan: windowPlan(data, windowRows(data, series, scales), last, 'nothing', askedBatches),
    prediction({ values }, lane, _lanes, example) {
      const told = undo(values.subarray(lane * size, (lane + 1) * size), last[example], levels, scales.targets, data);
      const { name } = series.series[example];
      const forecast = data.targets.map((target, t) => [target, Array.from(told).filter((_, i) => i % width === t)]);
      return { ...(name === undefined ? {} : { series: name }), forecast: Object.fromEntries(forecast) };
    },
  };
}

const whoIs = ({ name }: SeriesRows) => (name === undefined ? 'the series' : `series ${JSON.stringify(name)}`);

/** @throws DataFault data-too-few. */
function checkAsked(data: ForecastingData, { from, known, to }: SeriesRows, who: string, field?: string): void {
  const needs = rowsBefore(data);
  if (known - from < needs) {
    const message = `${who} has ${known - from} steps, and a forecast reads ${needs}; add the steps before`;
    throw new DataFault('data-too-few', message, field);
  }
  if (data.future.length > 0 && to - known < data.horizon) {
    const message = `${who} has ${to - known} rows after its last known step, and the future columns are needed for ${data.horizon}; add rows that have them alone`;
    throw new DataFault('data-too-few', message, field);
  }
}

const naiveNames = { repeatLast: 'repeating the last value', repeatSeason: 'repeating the last season' } as const;

function naiveFacts(naive: NaiveScores): string[] {
  return (['repeatLast', 'repeatSeason'] as const).flatMap((name) => {
    const scores = naive[name];
    return scores === undefined
      ? []
      : [`${naiveNames[name]}: rmse ${scores.rmse.toPrecision(5)}, mae ${scores.mae.toPrecision(5)}`];
  });
}

/** The naive forecasts beside a model's own scores. */
function besides({ repeatLast, repeatSeason }: NaiveScores): Scores {
  return {
    rmseRepeatLast: repeatLast.rmse,
    maeRepeatLast: repeatLast.mae,
    ...(repeatSeason && { rmseRepeatSeason: repeatSeason.rmse, maeRepeatSeason: repeatSeason.mae }),
  };
}
