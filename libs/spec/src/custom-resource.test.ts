// The custom resource's definition: the committed file is the spec's own, and its schema is structural.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { customResourceText } from './custom-resource.ts';

const file = new URL('../../../deploy/kubernetes/trainingjobs/trainingjob-crd.yaml', import.meta.url);

type Schema = Readonly<Record<string, unknown>> & { readonly properties: Readonly<Record<string, Schema>> };

const [version] = parse(customResourceText()).spec.versions;
const { spec } = (version.schema.openAPIV3Schema as Schema).properties;
const { model, training, data } = spec.properties;

/** Every schema in one, with its path. */
function typed(schema: Schema, path = 'spec'): [path: string, schema: Schema][] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => typed(value, `${path}.${key}`));
  return [[path, schema], ...inner, ...(schema.items ? typed(schema.items as Schema, `${path}[]`) : [])];
}

test('the committed file is what tools/trainingjob-crd.mjs writes now', () => {
  expect(readFileSync(file, 'utf8')).toBe(customResourceText());
});

test('every schema has a type, and none has a keyword that a structural one must not have', () => {
  for (const [path, schema] of typed(spec)) {
    expect([path, schema.type ?? schema['x-kubernetes-preserve-unknown-fields']]).not.toEqual([path, undefined]);
    for (const keyword of [
      '$ref',
      'const',
      'default',
      'additionalProperties',
      'prefixItems',
      'x-kubernetes-validations',
    ]) {
      expect([path, Object.hasOwn(schema, keyword)]).toEqual([path, false]);
    }
    expect([undefined, true]).toContain(schema.exclusiveMinimum);
    expect([undefined, true]).toContain(schema.exclusiveMaximum);
  }
});

test('ranges, choices and required fields are kept', () => {
  expect(spec.required).toEqual(['task', 'seed', 'data', 'model', 'training']);
  expect(model.properties.cell).toEqual({ type: 'string', enum: ['lstm', 'gru', 'rnn'] });
  expect(model.properties.layers).toEqual({ type: 'integer', minimum: 1, maximum: 1000 });
  expect(model.properties.dropout).toEqual({ type: 'number', minimum: 0, maximum: 1, exclusiveMaximum: true });
  expect(training.properties.clipNorm).toEqual({ type: 'number', minimum: 0, exclusiveMinimum: true });
  expect(data.properties.text).toEqual({
    'x-kubernetes-preserve-unknown-fields': true,
    minLength: 1,
    maxLength: 1000,
    minItems: 1,
    maxItems: 1000,
  });
});

test('forms that a name tells apart are one mapping', () => {
  const { properties, required, oneOf } = training.properties.schedule;
  expect(Object.keys(properties)).toEqual(['name', 'warmup', 'steps', 'every', 'gamma']);
  expect(properties.name).toEqual({ type: 'string', enum: ['constant', 'cosine', 'linear', 'step'] });
  expect([required, oneOf]).toEqual([['name'], undefined]);
});
