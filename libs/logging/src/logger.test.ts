// The logger's lines as programs and as people read them, and that leaving at once loses none.

import { spawnSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { levelOf } from './levels.ts';
import { createLogger, type LoggerOptions, lineFormatter } from './logger.ts';

afterEach(() => vi.unstubAllEnvs());

function written(
  options: Omit<LoggerOptions, 'name' | 'stream'>,
  log: (logger: ReturnType<typeof createLogger>) => void,
) {
  const lines: string[] = [];
  log(createLogger({ name: 'coordinator', stream: { write: (line) => void lines.push(line) }, ...options }));
  return lines;
}

test('a line is JSON with stable fields', () => {
  const [line] = written({}, (logger) =>
    logger.child({ run: 'char-lm-1', worker: 'w1' }).info({ step: 20 }, 'committed'),
  );
  const { time, ...fields } = JSON.parse(line) as Record<string, unknown>;
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(fields).toEqual({
    level: 'info',
    component: 'coordinator',
    run: 'char-lm-1',
    worker: 'w1',
    step: 20,
    msg: 'committed',
  });
});

test('a person reads time, level, component, message and fields in one line', () => {
  const lines = written({ pretty: true }, (logger) => logger.warn({ run: 'char-lm-1', step: 20 }, 'waits for workers'));
  expect(lines.join('')).toMatch(
    /^\[?\d\d:\d\d:\d\d\.\d{3}\]? WARN: coordinator: waits for workers \{"run":"char-lm-1","step":20\}\n$/,
  );
});

test('an error is written with its message and stack, in both forms', () => {
  for (const pretty of [false, true]) {
    const text = written({ pretty }, (logger) => logger.error({ err: new Error('disk full') }, 'no checkpoint')).join(
      '',
    );
    expect(text).toContain('disk full');
    expect(text).toContain('logger.test.ts');
  }
});

test('the level comes from the option, else from RONDO_LOG_LEVEL, else it is info', () => {
  const both = (logger: ReturnType<typeof createLogger>) => {
    logger.debug('details');
    logger.info('news');
  };
  expect(written({}, both)).toHaveLength(1);
  vi.stubEnv('RONDO_LOG_LEVEL', 'debug');
  expect(written({}, both)).toHaveLength(2);
  expect(written({ level: 'silent' }, both)).toHaveLength(0);
  vi.stubEnv('RONDO_LOG_LEVEL', 'debug,coordinator=info');
  expect(written({}, both)).toHaveLength(1);
});

test.each([
  ['', 'info', 'info'],
  ['warn', 'warn', 'warn'],
  ['info,worker=debug', 'info', 'debug'],
  ['worker=silent', 'info', 'silent'],
  [' worker=debug , coordinator=error', 'error', 'debug'],
])('RONDO_LOG_LEVEL=%s: coordinator %s, worker %s', (text, coordinator, worker) => {
  expect([levelOf('coordinator', text), levelOf('worker', text)]).toEqual([coordinator, worker]);
});

test.each([
  [
    'loud',
    /^RONDO_LOG_LEVEL is "loud": "loud" is no level; take one of .*info.*silent; for example info,worker=debug$/,
  ],
  ['info,wroker=debug', /: there is no component "wroker"; there are coordinator and worker; for example /],
  ['worker=', /: "" is no level; /],
  ['info,debug', /: it has two levels for all; keep one; /],
  ['worker=info,worker=warn', /: it has two levels for worker; keep one; /],
])('RONDO_LOG_LEVEL=%s is refused in one line', (text, message) => {
  expect(() => levelOf('worker', text)).toThrow(message);
});

test('what a line concerns is there without being said, unless the call says it', () => {
  let run: string | undefined;
  const lines = written({ context: () => ({ run, worker: 'w1' }) }, (logger) => {
    logger.info('idle');
    run = 'char-lm-1';
    logger.info({ step: 3 }, 'compiled');
    logger.info({ run: 'char-lm-2' }, 'compiled');
  });
  const fields = lines.map((line) => JSON.parse(line)).map((line) => [line.run, line.worker, line.step]);
  expect(fields).toEqual([
    [undefined, 'w1', undefined],
    ['char-lm-1', 'w1', 3],
    ['char-lm-2', 'w1', undefined],
  ]);
  expect(lines[2].match(/"run"/g)).toHaveLength(1);
});

test('a terminal gets no commands from a line', () => {
  const line = JSON.stringify({
    level: 'info',
    component: 'worker',
    msg: 'a\u001b[2Jb\u009bc',
    device: 'x\u0007\u007f',
  });
  const shown = lineFormatter(false)(line);
  expect(shown.trimEnd()).not.toMatch(/\p{Cc}|\\u001b/u);
  expect(shown).toContain('a\ufffd[2Jb\ufffdc');
});

test('lines go to standard error, all of them, also when the process exits at once', () => {
  const script = `
    import { createLogger } from '@rondo/logging';
    const logger = createLogger({ name: 'worker' });
    for (let step = 1; step <= 2000; step++) logger.info({ step }, 'x'.repeat(100));
    process.exit(0);`;
  const options = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, options, { cwd: import.meta.dirname, encoding: 'utf8' });
  expect(stdout).toBe('');
  const lines = stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(2000);
  expect(JSON.parse(lines[1999])).toMatchObject({ component: 'worker', step: 2000 });
});
