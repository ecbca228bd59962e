// Writes what the spec's schema says into docs/: spec.schema.json for editors, spec.md for people. node tools/spec-docs.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { jobSchema, relations } from '@rondo/spec';

/**
 * @typedef {object} Node a piece of a JSON Schema
 * @property {string} [description]
 * @property {string} [type]
 * @property {string} [const]
 * @property {readonly string[]} [enum]
 * @property {unknown} [default]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [exclusiveMaximum]
 * @property {string} [pattern]
 * @property {readonly Node[]} [prefixItems]
 * @property {readonly Node[]} [anyOf]
 * @property {readonly Node[]} [oneOf]
 * @property {Readonly<Record<string, Node>>} [properties]
 * @property {readonly string[]} [required]
 */

const docs = join(import.meta.dirname, '../docs');

/** Each file of docs/ that is made here, with its content. */
export function specDocs() {
  const schema = jobSchema();
  return {
    'spec.schema.json': `${JSON.stringify(schema, undefined, 2)}\n`,
    'spec.md': reference(/** @type {Node} */ (schema)),
  };
}

/** @param {Node} schema */
function reference(schema) {
  const { spec, ...around } = schema.properties ?? {};
  const tasks = spec.oneOf ?? [];
  const [first] = tasks;
  const common = commonFields(tasks);
  const mappings = ['model', 'training'].map((name) => ({ name, ...common(name) }));
  const unions = mappings.flatMap(({ name: parent, fields }) =>
    Object.entries(fields).flatMap(([name, { description, oneOf }]) =>
      oneOf ? [{ path: `${parent}.${name}`, description, forms: oneOf }] : [],
    ),
  );
  return `<!-- Made by tools/spec-docs.mjs of libs/spec/src/schema.ts. -->
# The spec

A spec is a YAML file that describes a training job; \`rondo init\` writes one with comments. Unknown keys, wrong values and broken relations are
faults, and all of them are listed at once, each with its line. \`rondo schema\` prints the JSON Schema (also
[spec.schema.json](spec.schema.json)), by which an editor completes and explains the fields:

    # yaml-language-server: $schema=spec.schema.json

\`--set a.b=value\` overrides a field below \`spec:\`, as in \`--set training.steps=100\`.

## Around it

${table(around)}

## \`spec\`

| field | type | default | meaning |
|---|---|---|---|
| \`task\` | ${tasks.map((task) => `\`${taskName(task)}\``).join(', ')} | required | What the model learns. |
${rows(plain(first.properties), first.required)}
| \`data\` | a mapping | required | What it learns from: each task has its own, below. |

${mappings
  .map(
    ({ name, fields, required }) =>
      `## \`spec.${name}\`\n\n${first.properties?.[name].description} Every task has these; each has more, below.\n\n${table(fields, required)}`,
  )
  .join('\n\n')}

${tasks.map((task) => taskSection(task, mappings)).join('\n\n')}

${unions.map(({ path, description, forms }) => `## \`spec.${path}\`\n\n${description} Its \`name\` tells which one; the other keys are that one's.\n\n${forms.map(form).join('\n\n')}`).join('\n\n')}

## Relations between fields

${relations.map((relation) => `- ${relation}`).join('\n')}
`;
}

/** @param {Node} task */
const taskName = (task) => task.properties?.task.const;

/**
 * The fields that stand below `spec` itself.
 * @param {Readonly<Record<string, Node>>} [properties]
 */
function plain(properties = {}) {
  const { task: _, ...others } = properties;
  return Object.fromEntries(Object.entries(others).filter(([, node]) => !node.properties));
}

/**
 * What all tasks say alike of a mapping.
 * @param {readonly Node[]} tasks
 * @returns {(name: string) => { fields: Record<string, Node>, required: readonly string[] }}
 */
function commonFields(tasks) {
  return (name) => {
    const [first, ...others] = tasks.map((task) => task.properties?.[name] ?? {});
    const fields = Object.entries(first.properties ?? {}).filter(([key, node]) =>
      others.every((other) => isDeepStrictEqual(other.properties?.[key], node)),
    );
    return { fields: Object.fromEntries(fields), required: first.required ?? [] };
  };
}

/**
 * A task's own fields.
 * @param {Node} task
 * @param {readonly { name: string, fields: Readonly<Record<string, Node>> }[]} common
 */
function taskSection(task, common) {
  const parts = ['data', 'model', 'training'].flatMap((name) => {
    const { properties = {}, required } = task.properties?.[name] ?? {};
    const shared = common.find((one) => one.name === name)?.fields ?? {};
    const own = Object.fromEntries(Object.entries(properties).filter(([key]) => !(key in shared)));
    return Object.keys(own).length === 0
      ? []
      : [`### \`${taskName(task)}\`: \`spec.${name}\`\n\n${table(own, required)}`];
  });
  return [`## \`task: ${taskName(task)}\`\n\n${task.properties?.task.description}`, ...parts].join('\n\n');
}

/**
 * One of the mappings that `name` tells apart.
 * @param {Node} node
 */
function form({ properties, required }) {
  const { name, ...others } = properties ?? {};
  return `### \`name: ${name.const}\`\n\n${name.description}\n\n${table(others, required)}`;
}

/**
 * @param {Readonly<Record<string, Node>>} [fields]
 * @param {readonly string[]} [required]
 */
function table(fields = {}, required = Object.keys(fields)) {
  return ['| field | type | default | meaning |', '|---|---|---|---|', rows(fields, required)].join('\n');
}

/**
 * @param {Readonly<Record<string, Node>>} fields
 * @param {readonly string[]} [required]
 */
function rows(fields, required = Object.keys(fields)) {
  return Object.entries(fields)
    .map(([name, node]) => {
      const usual = node.default === undefined ? (required.includes(name) ? 'required' : '') : shown(node.default);
      return `| \`${name}\` | ${typeOf(node)} | ${usual} | ${node.description} |`;
    })
    .join('\n');
}

/** @param {unknown} value */
const shown = (value) =>
  `\`${JSON.stringify(value)
    .replaceAll('"', '')
    .replaceAll(/([,:])/g, '$1 ')}\``;

/**
 * @param {Node} node
 * @returns {string}
 */
function typeOf(node) {
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (node.anyOf) return 'a text, or a list of them';
  if (node.oneOf) return 'a mapping, see below';
  if (node.prefixItems) return `a list of ${node.prefixItems.length}: ${typeOf(node.prefixItems[0])} each`;
  if (node.type === 'integer') return `a whole number${range(node)}`;
  if (node.type === 'number') return `a number${range(node)}`;
  if (node.type === 'boolean') return '`true`, `false`';
  if (node.properties)
    return `a mapping: ${Object.entries(node.properties).map(([name, { pattern }]) => `\`${name}\`${pattern ? ', lowercase letters, digits and inner hyphens, at most 63' : ''}`)}`;
  return 'a text';
}

/** @param {Node} node */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const from = minimum === undefined ? '' : ` from ${minimum}`;
  const above = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
  const below = exclusiveMaximum === undefined ? '' : ` to below ${exclusiveMaximum}`;
  // A bound that only keeps numbers exact is no news.
  const to =
    maximum === Number.MAX_SAFE_INTEGER
      ? ' to 2^53 - 1'
      : maximum === undefined || maximum >= 2 ** 24
        ? ''
        : ` to ${maximum}`;
  return `${from}${above}${below}${to}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, content] of Object.entries(specDocs())) writeFileSync(join(docs, name), content);
}
