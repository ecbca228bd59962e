// Calls to a coordinator: one promise or one generator a call, and faults that say what to do.

import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import {
  type ClientIdentity,
  clientChannel,
  type FetchResponse,
  JobService,
  type JobServiceClient,
  type ListResponse,
  type RunStatus,
  type StatusResponse,
  type WatchResponse,
  type WorkerStatus,
} from '@rondo/protocol';
import { CallFault, callFault, FellBehind, isServiceError } from './call-fault.ts';

/** For an answer to a call that moves no data. */
const callTimeoutMs = 20_000;

type UnaryCall<Response> = (
  client: JobServiceClient,
  options: { deadline: number },
  callback: (error: ServiceError | null, response?: Response) => void,
) => void;

type Streaming<Response> = AsyncIterable<Response> & { cancel(): void };

/** Where a coordinator is, and who asks: the options that `withConnection` adds to a command. */
export interface ConnectionOptions extends ClientIdentity {
  readonly coordinator: string;
}

/** The options again, for a line that says what to run next. */
export function connectionFlags({ coordinator, tls, tokenFile }: ConnectionOptions): string {
  const flags = { coordinator, tls, 'token-file': tokenFile };
  return Object.entries(flags)
    .flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]))
    .join(' ');
}

export class CoordinatorClient {
  readonly address: string;
  readonly #client: JobServiceClient;
  readonly #tls: boolean;

  /** @throws ProtocolFault `bad-tls`, `bad-token`. */
  constructor({ coordinator, ...identity }: ConnectionOptions) {
    this.address = coordinator;
    this.#tls = identity.tls !== undefined;
    this.#client = new JobService(coordinator, ...clientChannel(coordinator, identity));
  }

  submit(request: { spec: string; file: string; overrides: readonly string[] }) {
    return this.#call<{ run: string; faults: readonly string[] }>((client, options, callback) =>
      client.submit({ ...request, overrides: [...request.overrides] }, options, callback),
    );
  }

  list(): Promise<ListResponse> {
    return this.#call((client, options, callback) => client.list({}, options, callback));
  }

  /** @param patienceMs connecting is tried again and again for so long; without it once. */
  async status(
    name: string,
    { patienceMs }: { readonly patienceMs?: number } = {},
  ): Promise<{ run: RunStatus; workers: readonly WorkerStatus[] }> {
    const metadata = new Metadata({ waitForReady: patienceMs !== undefined });
    const { run, workers } = await this.#call<StatusResponse>(
      (client, options, callback) => client.status({ run: name }, metadata, options, callback),
      patienceMs,
    );
    if (run === null) throw new CallFault(`the coordinator at ${this.address} says nothing about ${name}`);
    return { run, workers };
  }

  /** @returns the run's status after the action. */
  async control(run: string, action: 'ACTION_PAUSE' | 'ACTION_RESUME' | 'ACTION_CANCEL'): Promise<RunStatus> {
    const response = await this.#call<{ run: RunStatus | null }>((client, options, callback) =>
      client.control({ run, action }, options, callback),
    );
    return response.run as RunStatus;
  }

  /** Statuses and metrics until the run ends. */
  watch(run: string, fromStep: number, signal?: AbortSignal): AsyncGenerator<WatchResponse> {
    return this.#read(this.#client.watch({ run, fromStep }), signal);
  }

  logs(run: string, follow: boolean): AsyncGenerator<{ readonly line: string }> {
    return this.#read(this.#client.logs({ run, follow }));
  }

  fetch(run: string): AsyncGenerator<FetchResponse> {
    return this.#read(this.#client.fetch({ run }));
  }

  close(): void {
    this.#client.close();
  }

  #call<Response>(call: UnaryCall<Response>, timeoutMs = callTimeoutMs): Promise<Response> {
    return new Promise((resolve, reject) => {
      call(this.#client, { deadline: Date.now() + timeoutMs }, (error, response) => {
        if (error === null) resolve(response as Response);
        else reject(callFault(error, this.address, this.#tls));
      });
    });
  }

  /** Ends quietly when the signal says so. */
  async *#read<Response>(stream: Streaming<Response>, signal?: AbortSignal): AsyncGenerator<Response> {
    const cancel = () => stream.cancel();
    let begun = false;
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const response of stream) {
        begun = true;
        yield response;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!isServiceError(error)) throw error;
      // A call that is too much at all is refused before it begins.
      throw begun && error.code === status.RESOURCE_EXHAUSTED
        ? new FellBehind(error.details)
        : callFault(error, this.address, this.#tls);
    } finally {
      signal?.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }
}

/** Works with a coordinator, and closes the connection. */
export async function withCoordinator<T>(
  options: ConnectionOptions,
  work: (client: CoordinatorClient) => Promise<T>,
): Promise<T> {
  const client = new CoordinatorClient(options);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
