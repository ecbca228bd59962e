// TrainingJob as a custom resource of Kubernetes: its definition, whose schema is made of the spec's own.

import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { jobSchema } from './schema.ts';

type Schema = Readonly<Record<string, unknown>>;
type Schemas = Readonly<Record<string, Schema>>;

/** The file that `kubectl apply` takes: a CustomResourceDefinition, apiextensions.k8s.io/v1. */
export function customResourceText(): string {
  return `# TrainingJob as a custom resource: made by tools/trainingjob-crd.mjs of the spec's own schema.\n${stringify(definition(), { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function definition(): object {
  const { metadata, spec } = jobSchema().properties as unknown as Record<'metadata' | 'spec', Schema>;
  const { name } = metadata.properties as Schemas;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'trainingjobs.rondo.dev' },
    spec: {
      group: 'rondo.dev',
      scope: 'Namespaced',
      names: {
        kind: 'TrainingJob',
        listKind: 'TrainingJobList',
        plural: 'trainingjobs',
        singular: 'trainingjob',
        shortNames: ['tj'],
      },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: {
            openAPIV3Schema: {
              description: 'A recurrent network to train: the same file that `rondo train` takes.',
              type: 'object',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                // Of the metadata a resource may restrict the name alone.
                metadata: { type: 'object', properties: { name: structural(name) } },
                spec: structural(spec),
                status,
              },
            },
          },
        },
      ],
    },
  };
}

const printerColumns = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Step', type: 'integer', jsonPath: '.status.step' },
  { name: 'Steps', type: 'integer', jsonPath: '.status.steps' },
  { name: 'Loss', type: 'number', jsonPath: '.status.loss' },
  { name: 'Workers', type: 'integer', jsonPath: '.status.workers' },
  { name: 'Left', type: 'string', jsonPath: '.status.timeLeft' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

const status: Schema = {
  description: 'What the coordinator says about the job. Only it writes here.',
  type: 'object',
  properties: {
    observedGeneration: { ...count, description: 'The generation of the spec that the rest is about.' },
    phase: {
      ...text,
      enum: ['Pending', 'Refused', 'Queued', 'Waiting', 'Training', 'Paused', 'Finished', 'Cancelled', 'Failed'],
    },
    run: { ...text, description: 'The name of the run, as in `rondo jobs`.' },
    step: { ...count, description: 'Steps that are committed.' },
    steps: { ...count, description: 'Steps of the whole run.' },
    loss: { type: 'number', description: 'Of the newest step, nats a target.' },
    validationLoss: { type: 'number', description: 'Of the newest validation, nats a target.' },
    workers: { ...count, description: 'Workers that took part in the newest step.' },
    secondsLeft: { ...count, description: 'Of training that is left, at the present speed.' },
    timeLeft: { ...text, description: 'secondsLeft for people, as in 3h20m.' },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
        properties: {
          type: { ...text, description: 'Accepted, Training, Complete or Failed.' },
          status: { ...text, enum: ['True', 'False', 'Unknown'] },
          observedGeneration: count,
          lastTransitionTime: { ...text, format: 'date-time' },
          reason: text,
          message: text,
        },
      },
    },
  },
};

/**
 * A schema without what a structural one must not have. Defaults are the parser's, so that a resource says what its author
 * wrote; keys that no property names are dropped by the API server after kubectl has refused them.
 * @throws Error for a keyword that has no structural form yet.
 */
function structural(schema: Schema): Schema {
  return Object.assign({}, ...Object.entries(schema).map(([keyword, value]) => structuralKeyword(keyword, value)));
}

function structuralKeyword(keyword: string, value: unknown): Schema {
  switch (keyword) {
    case 'type':
    case 'enum':
    case 'pattern':
    case 'required':
    case 'minimum':
    case 'maximum':
    case 'minLength':
    case 'maxLength':
    case 'minItems':
    case 'maxItems':
      return { [keyword]: value };
    case 'title':
    case 'description':
    case 'default':
      return {};
    case 'const':
      return { enum: [value] };
    case 'exclusiveMinimum':
      return { minimum: value, exclusiveMinimum: true };
    case 'exclusiveMaximum':
      return { maximum: value, exclusiveMaximum: true };
    case 'properties':
      return { properties: mapValues(value as Schemas, structural) };
    case 'prefixItems':
      return { items: merged((value as Schema[]).map(structural)) };
    case 'items':
      return value === false ? {} : { items: structural(value as Schema) };
    case 'additionalProperties':
      if (value === false) return {};
      break;
    case 'anyOf':
      return ofSeveralTypes(value as Schema[]);
    case 'oneOf':
      return ofForms(value as Schema[]);
  }
  throw new Error(`no structural form of ${keyword}: ${JSON.stringify(value)}`);
}

/** A value has one type in a structural schema, or any: limits of texts and limits of lists each hold for their own type. */
function ofSeveralTypes(schemas: readonly Schema[]): Schema {
  const limits = schemas.map((schema) => {
    const { type: _, items: __, ...rest } = structural(schema);
    return rest;
  });
  return Object.assign({}, anyType, ...limits);
}

/**
 * Forms of a mapping that one key tells apart, `name` or `task`: all keys in one mapping. Which form takes which is left to
 * the parser: the API server's faults of a rule with oneOf name the wrong keys.
 */
function ofForms(forms: readonly Schema[]): Schema {
  return merged(forms.map(structural));
}

/** A structural schema that takes what any of some takes. */
function merged(schemas: readonly Schema[]): Schema {
  const [first, ...others] = schemas;
  if (others.every((other) => isDeepStrictEqual(other, first))) return first;
  if (schemas.every((schema) => schema.properties !== undefined)) return mergedMappings(schemas as MappingSchema[]);
  const types = [...new Set(schemas.map(({ type }) => type))];
  const [only] = types;
  const type = types.length === 1 && only !== undefined && only !== 'object' ? { type: only } : anyType;
  if (!schemas.every((schema) => Array.isArray(schema.enum))) return type;
  return { ...type, enum: [...new Set(schemas.flatMap((schema) => schema.enum))] };
}

const anyType: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

interface MappingSchema extends Schema {
  readonly properties: Schemas;
  readonly required?: readonly string[];
}

function mergedMappings(schemas: readonly MappingSchema[]): Schema {
  const keys = [...new Set(schemas.flatMap(({ properties }) => Object.keys(properties)))];
  const property = (key: string) =>
    merged(schemas.flatMap(({ properties }): Schema[] => (properties[key] ? [properties[key]] : [])));
  const required = keys.filter((key) => schemas.every((schema) => schema.required?.includes(key)));
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(keys.map((key) => [key, property(key)])),
  };
}

function mapValues(schemas: Schemas, change: (schema: Schema) => Schema): Schemas {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, change(schema)]));
}
