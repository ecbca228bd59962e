// Faults between fields, looked for in the raw value so that they are found beside the faults of single fields.

import { type Path, valueAt } from './fault.ts';

export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** What is looked for, for people: a JSON Schema does not say it. */
export const relations: readonly string[] = [
  '`training.batch` is a multiple of `training.shards`.',
  'Exactly one of `training.steps` and `training.epochs` is given.',
  '`training.audit` above 0 and `training.mixed: true` exclude each other: an audit compares bits.',
  "`model.activation` is an rnn's alone, `model.reset` a gru's, `model.projection` and `model.forgetBias` an lstm's.",
  '`model.projection` is below `model.hidden`.',
  '`model.tied: true` needs `model.embedding` equal to `model.hidden`, or to `model.projection` where there is one.',
  '`data.unit: byte-pair` needs `data.merges`, which no other unit has.',
  '`data.validation` is left out where `data.validate` is given.',
  'A classifier of a table needs `data.input` and `data.label`, of idx `data.labels`; of texts `data.unit` and `model.embedding`.',
  'A tagger of roles needs `model.mark`, one of columns has none; `data.token`, `data.tag` and `data.scheme` are of columns alone.',
  'A translation has the columns `data.source` and `data.target`, or the file `data.targets`, and with it and `data.validate` `data.validateTargets`.',
  '`model.attention: dot` needs `model.bidirectional: false`.',
  '`training.patience` needs a validation.',
  'A forecaster names no column twice in `data.targets`, in `data.inputs` or in `data.future`.',
  '`model.residual: true` excludes the `output: every` of a forecaster.',
  'A regression of a table needs `data.inputs` and `data.targets`, of npy `data.values`.',
  "`training.delta` is huber's alone.",
  "An sgd's `nesterov: true` needs a `momentum` above 0 and `dampening: 0`.",
];

type Mapping = Readonly<Record<string, unknown>>;

/** Fields that are missing or of a wrong type have their own faults; relations with them are not judged. */
export function findBrokenRelations(document: unknown): Finding[] {
  return [
    ...judge(document, ['spec'], brokenTask),
    ...judge(document, ['spec', 'model'], brokenModel),
    ...judge(document, ['spec', 'training'], brokenTraining),
    ...judge(document, ['spec', 'training', 'optimizer'], brokenOptimizer),
  ];
}

function judge(document: unknown, path: Path, find: (mapping: Mapping) => Finding[]): Finding[] {
  const value = valueAt(document, path);
  if (!isMapping(value)) return [];
  return find(value).map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}

function brokenTask({ task, data = {}, model = {}, training = {} }: Mapping): Finding[] {
  if (!isMapping(data) || !isMapping(model) || !isMapping(training)) return [];
  const findings: Finding[] = [];
  if (data.validate !== undefined && data.validation !== undefined) {
    findings.push({ path: ['data', 'validation'], message: 'validate is given too; keep one of the two' });
  }
  if (training.patience !== undefined && data.validation === 0) {
    const message = 'needs a validation, and data.validation is 0; leave one of the two out';
    findings.push({ path: ['training', 'patience'], message });
  }
  if (task === 'language-model') findings.push(...brokenUnit(data));
  if (task === 'language-model' || task === 'translation') findings.push(...brokenTying(model));
  if (task === 'forecasting') findings.push(...brokenForecasting(data, model));
  if (task === 'regression') findings.push(...brokenRegression(data));
  if (task === 'classification') findings.push(...brokenClassification(data, model));
  if (task === 'tagging') findings.push(...brokenTagging(data, model));
  if (task === 'translation') findings.push(...brokenTranslation(data, model));
  return findings;
}

function brokenUnit({ unit, merges }: Mapping): Finding[] {
  if (unit === 'byte-pair' && merges === undefined) {
    return [{ path: ['data', 'merges'], message: 'missing; the number of merges of byte-pair units, such as 1000' }];
  }
  const isOther = unit === 'character' || unit === 'byte' || unit === 'word';
  if (!isOther || merges === undefined) return [];
  return [{ path: ['data', 'merges'], message: `only byte-pair units have them, and unit is ${unit}; leave it out` }];
}

function brokenTying({ tied, embedding, hidden, projection }: Mapping): Finding[] {
  const [name, width] = projection === undefined ? ['hidden', hidden] : ['projection', projection];
  if (tied !== true || !isNumber(embedding) || !isNumber(width) || embedding === width) return [];
  const message = `tied weights need embedding = ${name}, and these are ${embedding} and ${width}; make them equal`;
  return [{ path: ['model', 'tied'], message }];
}

function brokenClassification({ format = 'table', ...data }: Mapping, { embedding }: Mapping): Finding[] {
  const missing = (key: string, why: string): Finding[] =>
    data[key] === undefined ? [{ path: ['data', key], message: `missing; ${why}` }] : [];
  const findings: Finding[] = [];
  if (format === 'table') {
    findings.push(...missing('input', 'the column of the sequences'), ...missing('label', 'the column of the classes'));
  }
  if (format === 'idx') {
    findings.push(...missing('labels', 'the file of the classes'));
    if (data.validate !== undefined) findings.push(...missing('validateLabels', 'the file of the classes of validate'));
  }
  if (format !== 'table' && data.unit !== undefined) {
    findings.push({
      path: ['data', 'unit'],
      message: `only texts have one, and format is ${String(format)}; leave it out`,
    });
  }
  if (data.unit !== undefined && embedding === undefined) {
    findings.push({
      path: ['model', 'embedding'],
      message: 'missing; the width of the embedding of a symbol, such as 64',
    });
  }
  if (data.unit === undefined && embedding !== undefined) {
    const message = 'only texts have one, and data has no unit; leave it out, or set data.unit';
    findings.push({ path: ['model', 'embedding'], message });
  }
  return findings;
}

/** A run's own spec names them with their defaults. */
const defaultColumns = { token: 1, tag: -1, scheme: 'BIO' } as const;

function brokenTagging({ format = 'columns', ...data }: Mapping, { mark }: Mapping): Finding[] {
  if (format === 'roles') {
    const findings = Object.entries(defaultColumns)
      .filter(([key, unset]) => data[key] !== undefined && data[key] !== unset)
      .map(([key]) => ({
        path: ['data', key],
        message: 'only columns have one, and format is roles; leave it out',
      }));
    const message = 'missing; the width of the embedding that marks the predicate, such as 16';
    return mark === undefined ? [...findings, { path: ['model', 'mark'], message }] : findings;
  }
  if (format === 'columns' && mark !== undefined) {
    return [
      {
        path: ['model', 'mark'],
        message: 'only roles have a predicate to mark; leave it out, or set data.format: roles',
      },
    ];
  }
  return [];
}

function brokenTranslation(data: Mapping, { attention, bidirectional }: Mapping): Finding[] {
  const findings: Finding[] = [];
  const needs = (key: string, why: string) => {
    if (data[key] === undefined) findings.push({ path: ['data', key], message: `missing; ${why}` });
  };
  const refuses = (key: string, why: string) => {
    if (data[key] !== undefined) findings.push({ path: ['data', key], message: `${why}; leave it out` });
  };
  if (data.targets === undefined) {
    needs('source', 'the column of what is read, of a table; or give targets, a file beside train');
    needs('target', 'the column of what is written, of a table; or give targets, a file beside train');
    refuses('validateTargets', 'only targets has one beside it');
  } else {
    for (const key of ['source', 'target']) refuses(key, 'only a table has columns, and targets is given');
    if (data.validate !== undefined) needs('validateTargets', 'what is written for the lines of validate');
  }
  if (data.unit === 'byte-pair') needs('merges', 'how many units are made of others, such as 2000');
  else refuses('merges', 'only byte-pair has merges');
  if (attention === 'dot' && bidirectional === true) {
    const message =
      'dot compares states of one width, and those of both directions are twice as wide; take general, or set bidirectional to false';
    findings.push({ path: ['model', 'attention'], message });
  }
  return findings;
}

function brokenForecasting(data: Mapping, { output, residual }: Mapping): Finding[] {
  if (output === 'every' && residual === true) {
    const message =
      'with output: every all steps learn and the last state is judged, which has no input added to it; leave one of the two out';
    return [{ path: ['model', 'residual'], message }];
  }
  return ['targets', 'inputs', 'future'].flatMap((key) => {
    const names = [data[key] ?? []].flat();
    const twice = names.find((name, i) => names.indexOf(name) < i);
    const message = `column ${JSON.stringify(twice)} is named twice; leave it out once`;
    return twice === undefined ? [] : [{ path: ['data', key], message }];
  });
}

function brokenRegression({ format = 'table', ...data }: Mapping): Finding[] {
  const wanted: [key: string, why: string][] =
    format === 'npy'
      ? [['values', 'the array of the values']]
      : [
          ['inputs', 'the columns that are read'],
          ['targets', 'the columns of the values'],
        ];
  if (format === 'npy' && data.validate !== undefined)
    wanted.push(['validateValues', 'the array of the values of validate']);
  const odd = format === 'npy' ? ['inputs', 'targets', 'sequence'] : ['values', 'validateValues'];
  return [
    ...wanted.flatMap(([key, why]) =>
      data[key] === undefined ? [{ path: ['data', key], message: `missing; ${why}` }] : [],
    ),
    ...odd.flatMap((key) => {
      const message = `format ${String(format)} has none; leave it out`;
      return data[key] === undefined ? [] : [{ path: ['data', key], message }];
    }),
  ];
}

/** Keys that one cell alone has. */
const keysOfCell = [
  ['activation', 'rnn', 'an rnn'],
  ['reset', 'gru', 'a gru'],
  ['projection', 'lstm', 'an lstm'],
  ['forgetBias', 'lstm', 'an lstm'],
] as const;

function brokenModel({ cell, hidden, ...model }: Mapping): Finding[] {
  const isCell = cell === 'lstm' || cell === 'gru' || cell === 'rnn';
  const findings: Finding[] = keysOfCell
    .filter(([key, owner]) => isCell && cell !== owner && model[key] !== undefined)
    .map(([key, , owner]) => ({
      path: [key],
      message: `only ${owner} has one, and cell is ${String(cell)}; leave it out`,
    }));
  const { projection } = model;
  if (isNumber(projection) && isNumber(hidden) && projection >= hidden) {
    const message = `states are projected to fewer than hidden = ${hidden} numbers, not to ${projection}; make it smaller`;
    findings.push({ path: ['projection'], message });
  }
  return findings;
}

function brokenTraining({ batch, shards, steps, epochs, audit, mixed, loss, delta }: Mapping): Finding[] {
  const findings: Finding[] = [];
  if (isCount(batch) && isCount(shards) && batch % shards !== 0) {
    const below = batch - (batch % shards);
    const right = below === 0 ? `${shards}` : `${below} or ${below + shards}`;
    findings.push({
      path: ['batch'],
      message: `${shards} shards do not divide a batch of ${batch}; ${right} would do`,
    });
  }
  if (isNumber(audit) && audit > 0 && mixed === true) {
    const message = 'an audit compares bits, and workers of mixed arithmetic differ in them; keep one of the two';
    findings.push({ path: ['audit'], message });
  }
  if (delta !== undefined && loss !== 'huber') {
    findings.push({ path: ['delta'], message: 'only loss: huber has one; leave it out' });
  }
  if (steps !== undefined && epochs !== undefined) {
    findings.push({ path: ['epochs'], message: 'steps is given too; keep one of the two' });
  }
  if (steps === undefined && epochs === undefined) {
    findings.push({ path: ['steps'], message: 'missing; expected steps or epochs' });
  }
  return findings;
}

function brokenOptimizer({ name, nesterov, momentum, dampening }: Mapping): Finding[] {
  if (name !== 'sgd' || nesterov !== true) return [];
  const hasMomentum = momentum !== undefined && !(isNumber(momentum) && momentum <= 0);
  const isDamped = isNumber(dampening) && dampening !== 0;
  if (hasMomentum && !isDamped) return [];
  const right = hasMomentum ? 'leave dampening out' : 'set momentum, such as 0.9, and no dampening';
  return [{ path: ['nesterov'], message: `Nesterov momentum needs a momentum above 0 and dampening 0; ${right}` }];
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
