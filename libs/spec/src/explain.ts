// Turns what the schema found into sentences: what is wrong, what would be right, at which path.

import type { z } from 'zod';
import { type Path, valueAt } from './fault.ts';
import { jobSchema } from './schema.ts';
import { listOf, nearest } from './wording.ts';

export interface Explanation {
  readonly path: Path;
  /** A fault of the key itself, not of its value. */
  readonly ofKey: boolean;
  readonly message: string;
  /** The known key that an unknown one is probably meant to be. */
  readonly meantKey?: string | undefined;
}

type Issue = z.core.$ZodIssue;

/**
 * One explanation a path, except that several keys of a mapping may be unknown.
 * @param document the raw value that the schema judged.
 */
export function explain(issues: readonly Issue[], document: unknown): Explanation[] {
  const explained = new Map<string, Explanation>();
  for (const explanation of issues.flatMap((issue) => explainIssue(issue, document))) {
    const key = JSON.stringify(explanation.path);
    if (!explained.has(key)) explained.set(key, explanation);
  }
  return [...explained.values()];
}

/**
 * The document with the names that were probably meant where one tells the forms of a mapping apart and is unknown: by
 * it the rest of the mapping can be judged. The same document where there are none.
 */
export function withMeantNames(issues: readonly Issue[], document: unknown): unknown {
  const meant = issues.flatMap((issue) => {
    const name = valueAt(document, issue.path as Path);
    const known =
      issue.code === 'invalid_union' && typeof name === 'string' ? nearest(name, choicesOf(issue)) : undefined;
    return known === undefined ? [] : [{ path: issue.path as Path, known }];
  });
  if (meant.length === 0) return document;
  const copy = structuredClone(document);
  for (const { path, known } of meant) {
    Object.assign(valueAt(copy, path.slice(0, -1)) as object, { [path.at(-1) as string]: known });
  }
  return copy;
}

function explainIssue(issue: Issue, document: unknown): Explanation[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      ofKey: true,
      ...explainUnknownKey(key, path, document),
    }));
  }
  if (issue.code === 'invalid_union') {
    // A union tells what all of its forms want; where one form fits but for an inner value, that value is at fault.
    const fitting = issue.errors.find((errors) => errors.length > 0 && errors.every((error) => error.path.length > 0));
    if (fitting !== undefined) {
      return fitting.flatMap((error) => explainIssue({ ...error, path: [...issue.path, ...error.path] }, document));
    }
  }
  const value = valueAt(document, path);
  return [{ path, ofKey: false, message: explainValue(value, issue.message, choicesOf(issue)) }];
}

function explainValue(value: unknown, expected: string, choices: readonly string[]): string {
  if (value === undefined) return `missing; expected ${expected}`;
  if (value === null) return `empty; expected ${expected}`;
  const meant = typeof value === 'string' ? nearest(value, choices) : undefined;
  const hint = meant === undefined || meant === expected ? '' : `, did you mean ${meant}?`;
  return `${show(value)} is wrong; expected ${expected}${hint}`;
}

function choicesOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && issue.inclusive !== false ? (issue.options ?? []).map(String) : [];
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  if (typeof value !== 'string') return 'a mapping';
  return value.length > 40 ? `a text of ${value.length} characters` : JSON.stringify(value);
}

interface Mapping {
  readonly properties?: Readonly<Record<string, Mapping>>;
  /** The forms of a mapping that one key tells apart. */
  readonly oneOf?: readonly Mapping[];
  readonly const?: string;
}

/** Made when the first unknown key is to be explained: it takes longer to make than a spec to read. */
let root: Mapping | undefined;

/** The keys that tell the forms of a mapping apart: the first of each form. */
const formKeys = ['task', 'name'] as const;

function explainUnknownKey(key: string, path: Path, document: unknown): Pick<Explanation, 'message' | 'meantKey'> {
  root ??= jobSchema() as Mapping;
  let schema = formOf(root, document);
  let forms: readonly NamedForm[] = [];
  path.forEach((step, depth) => {
    const inner = schema.properties?.[step] ?? {};
    forms = inner.oneOf?.map((form) => ({ form, name: nameOf(form) })) ?? forms.map((one) => within(one, step));
    schema = formOf(inner, valueAt(document, path.slice(0, depth + 1)));
  });
  const own = Object.keys(schema.properties ?? {});
  const owners = forms.filter(({ form }) => Object.hasOwn(form.properties ?? {}, key)).map(({ name }) => name);
  if (owners.length === 0) return suggest(key, own);
  const name = forms.find(({ form }) => form === schema)?.name ?? '';
  const right = `${name} takes ${listOf(
    own.filter((other) => schema.properties?.[other].const !== name),
    'and',
  )}`;
  return { message: `a key of ${listOf(owners, 'and')}, not of ${name}; ${right}` };
}

/** A form of a mapping, or what such a form has at a key. */
interface NamedForm {
  readonly name: string;
  readonly form: Mapping;
}

function within({ name, form }: NamedForm, key: string | number): NamedForm {
  return { name, form: form.properties?.[key] ?? {} };
}

function nameOf({ properties }: Mapping): string {
  return formKeys.flatMap((key) => properties?.[key]?.const ?? [])[0] ?? '';
}

/** The form that a value has, of a mapping that has several. */
function formOf(schema: Mapping, value: unknown): Mapping {
  if (schema.oneOf === undefined) return schema;
  return schema.oneOf.find((form) => formKeys.some((key) => isOf(form, key, value))) ?? {};
}

function isOf(form: Mapping, key: string, value: unknown): boolean {
  const name = form.properties?.[key]?.const;
  return name !== undefined && name === valueAt(value, [key]);
}

function suggest(key: string, known: readonly string[]): Pick<Explanation, 'message' | 'meantKey'> {
  const meantKey = nearest(key, known);
  return { meantKey, message: `unknown key${meantKey === undefined ? `, expected ${listOf(known, 'or')}` : ''}` };
}
