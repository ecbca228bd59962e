// What a run of the bench leaves: a page for people and JSON for programs.

import { judge } from './bars.mjs';

/**
 * @typedef {{ columns: string[], rows: string[][] }} Table
 *
 * @typedef {object} Part what one part measured
 * @property {string} title
 * @property {string[]} notes
 * @property {Table[]} tables
 * @property {Record<string, number>} bars measured, by the bar's id
 * @property {Record<string, number>} [limits] bars that depend on the machine or the model
 * @property {Record<string, number>} [goals] and goals
 * @property {unknown} data everything, for the JSON
 *
 * @typedef {object} Settings
 * @property {number} seed
 * @property {import('./statistics.mjs').Effort} effort
 * @property {boolean} quick
 * @property {(text: string) => void} say progress, for the person who waits
 */

/** @param {number | undefined} value */
export const decimal = (value) => value?.toFixed(value < 10 ? 2 : 1) ?? '';

/** @param {number} value */
export const integer = (value) => Math.round(value).toLocaleString('en-US');

/** @param {number} value */
export const times = (value) => `${value.toFixed(value < 10 ? 2 : 0)}x`;

/** @param {Record<string, string>} facts @param {Record<string, Part>} parts @param {readonly string[]} missing */
export function toMarkdown(facts, parts, missing) {
  const verdicts = judge(parts).map(({ what, bar, goal, measured, verdict, show }) => {
    return [what, show(bar), show(goal), show(measured), verdict];
  });
  const sections = Object.values(parts).map(({ title, notes, tables }) =>
    [`## ${title}`, notes.join('\n'), ...tables.map(table)].filter((block) => block !== '').join('\n\n'),
  );
  return `${[
    `# Bench of ${facts.date}`,
    table({ columns: ['', ''], rows: Object.entries(facts) }),
    ...missing,
    '## The bars',
    table({ columns: ['', 'bar', 'goal', 'measured', 'reached'], rows: verdicts }),
    ...sections,
  ].join('\n\n')}\n`;
}

/** @param {Table} table */
function table({ columns, rows }) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Five digits of a time are more than it repeats. @param {string} _ @param {unknown} value */
const shortened = (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);

/** @param {Record<string, string>} facts @param {Record<string, Part>} parts */
export function toJson(facts, parts) {
  const data = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.data]));
  return `${JSON.stringify({ facts, bars: judge(parts), parts: data }, shortened)}\n`;
}
