// A real Prometheus for tests: Debian's package of that name.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** An element of an instant vector: Unix time and value. */
export interface Sample {
  readonly value: readonly [number, string];
}

export class Prometheus {
  readonly #child: ChildProcess;
  readonly #address: string;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.#address = address;
  }

  /** @param folder of its configuration and data. @throws Error with what it said when it ends at once. */
  static async start(folder: string, config: string): Promise<Prometheus> {
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const flags = {
      'config.file': 'prometheus.yml',
      'storage.tsdb.path': 'tsdb',
      'web.listen-address': '127.0.0.1:0',
      // Else it looks for its targets after 5 s only.
      'scrape.discovery-reload-interval': '100ms',
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const child = spawn('prometheus', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const prometheus = new Prometheus(child, await listening(child));
    while ((await fetch(prometheus.#url('/-/ready'))).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return prometheus;
  }

  /** What an expression gives now. @throws Error when it is none. */
  async query(expression: string): Promise<readonly Sample[]> {
    const response = await fetch(this.#url(`/api/v1/query?query=${encodeURIComponent(expression)}`));
    const { status, data, error } = (await response.json()) as {
      status: string;
      data: { result: Sample[] };
      error: string;
    };
    if (status !== 'success') throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  #url(path: string): string {
    return `http://${this.#address}${path}`;
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    child.on('error', reject);
    createInterface({ input: child.stderr as NodeJS.ReadableStream })
      .on('line', (line) => {
        said.push(line);
        const address = /Listening on" address=(\S+)/.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      })
      .on('close', () => reject(new Error(said.join('\n'))));
  });
}
