// The simulation can fail: faults planted in copies of the brain are found. The brain itself knows nothing of them.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Brain, simulate } from './index.ts';

/** Schedules in which a fault has to show itself. */
const schedules = 1000;
const leastShare = 0.95;

const source = join(import.meta.dirname, '../brain');
const folder = mkdtempSync(join(tmpdir(), 'rondo-mutants-'));

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** A schedule that showed it when somebody last looked: tried first, because it takes hundreds to find one. */
  readonly shownBy: number | undefined;
}

const mutant = (name: string, file: string, find: string, replace: string, shownBy?: number): Mutant => ({
  name,
  file,
  find,
  replace,
  shownBy,
});

const mutants: readonly Mutant[] = [
  mutant(
    'the node of a worker that is gone is not given back',
    'workers.ts',
    'workers: state.workers.filter((one) => one !== worker) };',
    'workers: state.workers };',
  ),
  mutant('a worker that comes back is a new one', 'workers.ts', '    ...record,\n', '    ...newRecord,\n', 391),
  mutant(
    'the result of a cancelled task counts',
    'brain.ts',
    "if (attempt.standing === 'cancelled') return updateWorker(state, name, change);",
    '',
  ),
  mutant(
    'a task that was cancelled counts as failed',
    'brain.ts',
    "if (attempt.standing === 'cancelled') return freed;",
    '',
  ),
  mutant('a leaving worker gets more work', 'brain.ts', '{ leaving: true }', '{ leaving: false }'),
  mutant('the last step is not validated', 'validation.ts', ' || step === steps', ''),
  mutant(
    'a validation that was missed is not made up for',
    'brain.ts',
    'return state.owesValidation ? afterCommit(started, effects) : nextStep',
    'return nextStep',
    686,
  ),
  mutant(
    'nodes are committed as they came',
    'brain.ts',
    'round.done.toSorted((a, b) => a.node.first - b.node.first)',
    'round.done',
  ),
  mutant('a commit is not waited for', 'brain.ts', '{ ...over, committing: true }', 'over'),
  mutant('a step is committed before its last node', 'round.ts', '=== shards;', '>= shards - 1;'),
  mutant('weights are sent once', 'round.ts', 'worker.weights !== weights', 'worker.weights === undefined'),
  mutant('programs are sent in the first step alone', 'round.ts', 'if (!prepared)', 'if (!prepared && step === 1)'),
  mutant(
    'nobody is told that a node is there already',
    'round.ts',
    'const alone = cancel(state, ({ node }) => overlap(node, answer.node), effects);',
    'const alone = state;',
  ),
  mutant(
    'what is not finite is added',
    'round.ts',
    "if (phase === 'gradients' && !answer.finite)",
    "if (phase !== 'gradients' && !answer.finite)",
  ),
  mutant(
    'the first answer that is not finite ends the run',
    'round.ts',
    'size(node) === 1 && before.length > 0',
    'size(node) === 1',
  ),
  mutant(
    'a node without an audit is added where one is due',
    'round.ts',
    'auditDue(state.config, step, answer.node)',
    'auditDue(state.config, step + 1, answer.node)',
  ),
  mutant(
    'a node is computed by ever more workers',
    'round.ts',
    "const before = cancel(state, ({ standing, node }) => standing === 'late' && overlap(node, late.node), effects);",
    'const before = state;',
  ),
  mutant(
    'a node is audited by its own worker',
    'assignment.ts',
    '!answers.some((answer) => answer.worker === worker.name)',
    'answers.length < 3',
  ),
  mutant(
    'nodes under audit are computed anew',
    'assignment.ts',
    '[...done, ...checks, ...running]',
    '[...done, ...running]',
  ),
  mutant('nobody is ever late', 'assignment.ts', "if (attempt.standing !== 'wanted') continue;", 'continue;'),
  mutant(
    'late nodes are divided beyond what can be held',
    'assignment.ts',
    '< state.config.slots - 1 - shards',
    '< 3 * shards',
  ),
  mutant('one answer is believed', 'audit.ts', 'if (alike.length < 2) continue;', ''),
  mutant(
    'the wrong worker is the culprit',
    'audit.ts',
    'digest !== answer.digest).map(',
    'digest === answer.digest).map(',
  ),
  mutant(
    'a culprit is put aside and its traces stay',
    'audit.ts',
    'if (trusted === undefined && !added) return now;',
    'return now;',
    213,
  ),
  mutant(
    'a roll-back does not go back far enough',
    'audit.ts',
    'trusted ?? now.committed, reason',
    'now.committed, reason',
    414,
  ),
  mutant(
    'the last node that nobody checked counts, not the first',
    'audit.ts',
    '{ ...worker, trusted: worker.trusted ?? step - 1 }',
    '{ ...worker, trusted: step - 1 }',
    514,
  ),
  mutant(
    'checkpoints that a roll-back needs are not named',
    'audit.ts',
    'return [...new Set(steps)].sort((a, b) => a - b);',
    'return [];',
    336,
  ),
  mutant('the step is not set back', 'audit.ts', '    committed: step,\n', ''),
  mutant('half of the audits are left out', 'audit.ts', '< audit;', '< audit / 2;'),
  mutant('two checkpoints are written at once', 'saving.ts', 'saving.underWay !== undefined || ', ''),
  mutant('a checkpoint is asked for during a commit', 'saving.ts', ' || committing', ''),
  mutant(
    'the step of a written checkpoint is mixed up',
    'saving.ts',
    'written: step, saving',
    'written: state.committed, saving',
  ),
  mutant(
    'a failed checkpoint is not tried again',
    'saving.ts',
    'saving: { due: true, underWay',
    'saving: { due: false, underWay',
    5343,
  ),
  mutant('a failed checkpoint is tried again at once', 'saving.ts', 'nowMs + Math.min(', '0 * Math.min('),
  mutant(
    'a run ends without its last checkpoint',
    'ending.ts',
    'if (next.saving.underWay !== undefined) return next;',
    '',
    145,
  ),
  mutant('a run ends during a commit', 'ending.ts', ' || committing', ''),
  mutant(
    'tasks go on at the end',
    'ending.ts',
    'const still = cancel(state, () => true, effects);',
    'const still = state;',
  ),
  mutant(
    'a worker that was put aside gets work',
    'eligibility.ts',
    'if (worker.aside !== undefined)',
    'if (worker.aside === null)',
  ),
  mutant(
    'every arithmetic will do',
    'eligibility.ts',
    'offer.fingerprint !== arithmetic.fingerprint && !mixed',
    'offer.fingerprint === null',
  ),
  mutant('a resumed run counts its tasks from 1', 'state.ts', 'nextTask: firstTask,', 'nextTask: 1,'),
];

afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the brain with one fault. What it imports from elsewhere is the real thing. */
async function plant({ file, find, replace }: Mutant, name: string): Promise<Brain> {
  const copy = join(folder, name);
  cpSync(source, copy, { recursive: true, filter: (path) => !/\.test\.ts$|workbench/.test(path) });
  const text = readFileSync(join(copy, file), 'utf8');
  expect(text.split(find), `${file} holds once: ${find}`).toHaveLength(2);
  writeFileSync(
    join(copy, file),
    text.replace(find, () => replace),
  );
  for (const one of readdirSync(copy)) {
    const path = join(copy, one);
    const elsewhere = readFileSync(path, 'utf8')
      .replaceAll("'../", `'${join(source, '..')}/`)
      .replaceAll("'@rondo/rnn-core'", `'${join(source, '../../../rnn-core/src/index.ts')}'`);
    writeFileSync(path, elsewhere);
  }
  return import(join(copy, 'index.ts'));
}

/** Whether any schedule fails. */
function fails(brain: Brain, shownBy: number | undefined): boolean {
  const all = Array.from({ length: schedules }, (_, i) => i + 1);
  const seeds = shownBy === undefined ? all : [shownBy, ...all];
  return seeds.some((seed) => simulate(brain, seed).failure !== undefined);
}

test('faults that are planted in the brain are found', async () => {
  const missed: string[] = [];
  for (const [i, planted] of mutants.entries()) {
    if (!fails(await plant(planted, String(i)), planted.shownBy)) missed.push(planted.name);
  }
  expect(mutants.length).toBeGreaterThanOrEqual(20);
  expect(missed.length, `missed: ${missed.join('; ')}`).toBeLessThanOrEqual((1 - leastShare) * mutants.length);
}, 120_000);
