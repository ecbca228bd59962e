// What a person asks of the coordinator, over gRPC; and what a run leaves behind.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { channelOptions, JobService, type ListResponse, type RunStatus } from '@rondo/protocol';
import { checkpointPath } from '@rondo/storage';

/** Well above what an answer takes: a coordinator that was killed meanwhile never gives one. */
const answerMs = 10_000;

export class Jobs {
  readonly #client: InstanceType<typeof JobService>;

  constructor(address: string) {
    this.#client = new JobService(address, credentials.createInsecure(), channelOptions);
  }

  /** @returns the run's name. @throws Error with the faults of the spec, or when the coordinator does not answer. */
  async submit(spec: string): Promise<string> {
    const request = { spec, file: 'spec.yaml', overrides: [] };
    const { run, faults } = await this.#call<{ run: string; faults: string[] }>('submit', request);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return run;
  }

  async list(): Promise<readonly RunStatus[]> {
    return (await this.#call<ListResponse>('list', {})).runs;
  }

  async cancel(run: string): Promise<void> {
    await this.#call('control', { run, action: 'ACTION_CANCEL' });
  }

  close(): void {
    this.#client.close();
  }

  #call<Response>(method: 'submit' | 'list' | 'control', request: object): Promise<Response> {
    const call = promisify(this.#client[method].bind(this.#client)) as (
      request: object,
      options: object,
    ) => Promise<Response>;
    return call(request, { deadline: Date.now() + answerMs });
  }
}

/** SHA-256 of a checkpoint's weights, optimizer state and recurrent state. @param folder of the run. */
export function checkpointHash(folder: string, step: number): string {
  const hash = createHash('sha256');
  for (const part of ['weights', 'optimizer', 'recurrent']) {
    const file = join(checkpointPath(folder, step), `${part}.safetensors`);
    // Not every task has recurrent state that runs on.
    if (part !== 'recurrent' || existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}
