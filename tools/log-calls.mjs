// Finds every call of a logger in sources: level, message and the fields that the call itself gives.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** @typedef {{ readonly place: string, readonly levels: readonly string[], readonly message?: string, readonly fields: readonly string[] }} LogCall */

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/**
 * @param {string} folder
 * @returns {LogCall[]} `message` is absent where it is no fixed text; a spread or an expression among the fields is `...`
 */
export function logCalls(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
    .flatMap((file) => callsIn(join(folder, file)));
}

/** @param {string} file */
function callsIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  /** @type {LogCall[]} */
  const calls = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node)) {
      const found = levelsOf(node.expression);
      if (found.length > 0) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        calls.push({ place: `${file}:${line}`, levels: found, ...contentOf(node.arguments) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return calls;
}

/**
 * @param {ts.Expression} callee
 * @returns {string[]} the levels that `log.warn` or `log[a ? 'info' : 'warn']` may mean; none when it is no logger
 */
function levelsOf(callee) {
  if (ts.isPropertyAccessExpression(callee)) {
    return isLogger(callee.expression) && levels.includes(callee.name.text) ? [callee.name.text] : [];
  }
  if (!ts.isElementAccessExpression(callee) || !isLogger(callee.expression)) return [];
  return levels.filter((level) => callee.argumentExpression.getText().includes(`'${level}'`));
}

/** @param {ts.Expression} expression */
const isLogger = (expression) => /(^|[.#])(log|logger)$/i.test(expression.getText());

/** @param {readonly ts.Expression[]} given */
function contentOf(given) {
  const last = given.at(-1);
  const object = given.length > 1 ? given[0] : undefined;
  const fields =
    object === undefined
      ? []
      : ts.isObjectLiteralExpression(object)
        ? object.properties.map((property) => (property.name ? property.name.getText() : '...'))
        : ['...'];
  return { fields, ...(last && ts.isStringLiteral(last) && { message: last.text }) };
}
