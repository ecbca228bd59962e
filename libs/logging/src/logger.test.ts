// The logger's lines as programs and as people read them, and that leaving at once loses none.

import { spawnSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { createLogger, type LoggerOptions } from './logger.ts';

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
  vi.stubEnv('RONDO_LOG_LEVEL', 'loud');
  expect(() => written({}, both)).toThrow('RONDO_LOG_LEVEL is "loud": set it to one of trace, debug, info');
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
