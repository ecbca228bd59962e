// Semantic roles from CoNLL-U Plus: who does what to whom, a record a predicate.

import type { DataFile } from '../files.ts';
import { readSentences, type TokenRow } from './columns.ts';
import { faultAt } from './content.ts';

export interface RoleRecord {
  readonly tokens: readonly string[];
  /** Index of the predicate's token. */
  readonly predicate: number;
  /** Its sense, such as `come.03`. */
  readonly roleset: string;
  /** A label a token, as the file has it; O where it has none. */
  readonly roles: readonly string[];
  /** Of the predicate's token, from 1. */
  readonly line: number;
  /** Number of its sentence in the file, from 0; sentences without a predicate count too. */
  readonly sentence: number;
}

/** Where columns stand, from 0. */
interface Layout {
  readonly form: number;
  readonly roleset: number;
}

/** Universal Propositions 1.0: a CoNLL-U file with the roleset in column 11. */
const universalPropositions: Layout = { form: 1, roleset: 10 };

/**
 * The columns after the roleset's are the predicates' roles, in the order of the predicates in the sentence. A line
 * `# global.columns = …` at the top says where FORM and a column that ends in PRED stand; else they are columns 2 and 11.
 * @param judged whether there are roles; without, no column of them is asked for, and all are O.
 * @throws DataFault data-format where a sentence has not as many columns of roles as predicates; data-empty; those of readColumns.
 */
export async function readRoles(file: DataFile, judged = true): Promise<RoleRecord[]> {
  let layout = universalPropositions;
  const sentences = await readSentences(file, true, (comment, line) => {
    const names = /^#\s*global\.columns\s*=\s*(.*)$/.exec(comment)?.[1];
    if (names !== undefined) layout = layoutOf(file, line, names.trim().split(/\s+/));
  });
  const records = sentences.flatMap((rows, sentence) => recordsOf(file, rows, sentence, layout, judged));
  if (records.length === 0) {
    const message = `no predicate in it; column ${layout.roleset + 1} has a roleset such as come.03 at each`;
    throw faultAt(file, undefined, 'data-empty', message);
  }
  return records;
}

function layoutOf(file: DataFile, line: number, names: readonly string[]): Layout {
  const form = names.indexOf('FORM');
  const roleset = names.findIndex((name) => /(^|:)PRED$/.test(name));
  const packed = names.find((name) => /ARG(HEAD|SPAN)S$/.test(name));
  if (form !== -1 && roleset !== -1 && packed === undefined) return { form, roleset };
  const found = packed === undefined ? `the columns ${names.join(' ')}` : `all roles in one column, ${packed}`;
  const message = `${found}; FORM, a column that ends in PRED and after it a column a predicate were expected, as in Universal Propositions 1.0`;
  throw faultAt(file, line, 'data-format', message);
}

function recordsOf(
  file: DataFile,
  rows: readonly TokenRow[],
  sentence: number,
  { form, roleset }: Layout,
  judged: boolean,
): RoleRecord[] {
  const has = rows[0].columns.length;
  if (has <= roleset) {
    const message = `${has} columns; a roleset was expected in column ${roleset + 1}${judged ? ', and roles after it' : ''}`;
    throw faultAt(file, rows[0].line, 'data-format', message);
  }
  const predicates = rows.flatMap(({ columns }, i) => (isBlank(columns[roleset]) ? [] : [i]));
  // A sentence without predicates may keep one column that is blank.
  const roleColumns = has - roleset - 1;
  const isFilled =
    predicates.length > 0 || rows.some(({ columns }) => columns.slice(roleset + 1).some((role) => !isBlank(role)));
  if (judged && isFilled && roleColumns !== predicates.length) {
    const message = `the sentence has ${predicates.length} predicates and ${roleColumns} columns of roles; every predicate needs one`;
    throw faultAt(file, rows[0].line, 'data-format', message);
  }
  const tokens = rows.map(({ columns }) => columns[form]);
  return predicates.map((predicate, k) => ({
    tokens,
    predicate,
    roleset: rows[predicate].columns[roleset],
    roles: rows.map(({ columns }) => (!judged || isBlank(columns[roleset + 1 + k]) ? 'O' : columns[roleset + 1 + k])),
    line: rows[predicate].line,
    sentence,
  }));
}

function isBlank(value: string): boolean {
  return value === '_' || value === '';
}
