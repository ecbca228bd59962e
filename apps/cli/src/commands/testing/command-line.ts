// For tests: command lines run in this process, and what they write.

import { Command } from 'commander';
import { vi } from 'vitest';

export interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** @returns runs a command line of these commands; it throws what the process would report. */
export function commandLine(...commands: readonly (() => Command)[]): (...args: string[]) => Promise<Written> {
  return async (...args) => {
    const written = { stdout: '', stderr: '' };
    const spies = (['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        written[name] += text;
        return true;
      }),
    );
    try {
      const program = new Command('rondo').exitOverride();
      for (const command of commands) program.addCommand(command().copyInheritedSettings(program));
      await program.parseAsync(args, { from: 'user' });
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    return written;
  };
}
