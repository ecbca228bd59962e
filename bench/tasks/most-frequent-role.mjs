// What semantic roles are tagged like without learning: the most frequent role, of all tokens or of a word, on the same split.
// Run from the repository, built: node bench/tasks/most-frequent-role.mjs FILE.conllu [SEED]

import { basename, dirname } from 'node:path';
import { findFiles, readRoles, splitExamples } from '../../libs/data/dist/index.js';
import { labelF1 } from '../../libs/scores/dist/index.js';

const [path, seed = '1'] = process.argv.slice(2);
const [file] = await findFiles(basename(path), dirname(path), { field: 'FILE' });
// As the task reads them: the predicate's own V is no role.
const records = (await readRoles(file)).map(({ roles, predicate, ...record }) => ({
  ...record,
  predicate,
  roles: roles.map((role, i) => (i === predicate && role === 'V' ? 'O' : role)),
}));
const sentences = [...new Set(records.map(({ sentence }) => sentence))];
const { validation } = splitExamples(sentences.length, 0.5, 'random', Number(seed));
const heldOut = new Set(Array.from(validation, (i) => sentences[i]));
const train = records.filter(({ sentence }) => !heldOut.has(sentence));
const judged = records.filter(({ sentence }) => heldOut.has(sentence));

/** @typedef {Pick<import('../../libs/data/dist/index.js').RoleRecord, 'tokens' | 'predicate' | 'roles'>} Example */
/** @typedef {(example: Example, token: number) => string | boolean} KeyOf */

/**
 * The most frequent role of every key that tokens of the training half have.
 * @param {KeyOf} keyOf
 * @returns {(example: Example, token: number) => string}
 */
function mostFrequent(keyOf) {
  const counts = new Map();
  for (const record of train) {
    record.roles.forEach((role, i) => {
      const key = keyOf(record, i);
      const roles = counts.get(key) ?? new Map();
      counts.set(key, roles.set(role, (roles.get(role) ?? 0) + 1));
    });
  }
  return (record, i) => [...(counts.get(keyOf(record, i)) ?? [['O', 1]])].sort((a, b) => b[1] - a[1])[0][0];
}

// Among the tokens that have a role.
const commonest = mostFrequent(({ roles }, i) => roles[i] === 'O')({ tokens: [], predicate: 0, roles: ['any'] }, 0);

/** @type {Record<string, (example: Example, token: number) => string>} */
const baselines = {
  [`every other token is ${commonest}, the most frequent role`]: ({ predicate }, i) =>
    i === predicate ? 'O' : commonest,
  'the most frequent label of the word': mostFrequent(({ tokens }, i) => tokens[i].toLowerCase()),
  'the most frequent label of the word at its distance from the predicate': mostFrequent(
    ({ tokens, predicate }, i) => `${tokens[i].toLowerCase()} ${Math.max(-4, Math.min(4, i - predicate))}`,
  ),
};

console.log(`${train.length} predicates to train on, ${judged.length} to judge with, seed ${seed}`);
for (const [name, roleOf] of Object.entries(baselines)) {
  const gold = judged.map(({ roles }) => roles);
  const predicted = judged.map((record) => record.roles.map((_, i) => roleOf(record, i)));
  console.log(`${name}: F1 ${(100 * labelF1(gold, predicted).f1).toFixed(2)} %`);
}
