// Command lines that a person pastes into a shell mean there what they meant here.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { resumeLine, shellLine } from './command-line.ts';

test('a shell takes the line apart into the same words', () => {
  const words = ['a b', "it's", '$HOME', '*', 'data.text=[x.txt]', '', '`id`', 'plain/word-1.yaml'];
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${shellLine(words)}`], { encoding: 'utf8' });
  expect(stdout).toBe(`${words.join('\n')}\n`);
});

test('the line that goes on with a run repeats what was asked for', () => {
  const options = { workers: 3, engine: 'webasm', set: ['training.steps=20', 'data.text=[a b]'] };
  expect(resumeLine('spec.yaml', 'runs/tiny-1', options)).toBe(
    "npx rondo train spec.yaml --out runs/tiny-1 --resume --workers 3 --engine webasm --set training.steps=20 --set 'data.text=[a b]'",
  );
});
