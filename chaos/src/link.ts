// A TCP proxy in front of the coordinator, one a worker: a link that can be cut, slowed down, or parted in silence.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export class Link {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  /** Settles when the link is whole again. */
  #whole: Promise<void> = Promise.resolve();
  #heal: () => void = () => {};
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  /** That came out at the other end, both ways. */
  bytes = 0;
  /** Hears what passes. */
  tap: (chunk: Buffer, from: Socket) => void = () => {};

  private constructor(server: Server, target: string) {
    this.#server = server;
    const { hostname, port } = new URL(`tcp://${target}`);
    this.#target = { host: hostname, port: Number(port) };
    server.on('connection', (client) => void this.#accept(client));
  }

  /** @param target host:port */
  static async open(target: string): Promise<Link> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Link(server, target);
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** From now on nothing passes, neither bytes nor the end of a connection, as when packets are dropped. */
  part(): void {
    this.#whole = new Promise((resolve) => {
      this.#heal = resolve;
    });
  }

  heal(): void {
    this.#heal();
  }

  /** @param bytesPerSecond of each direction; infinite: as fast as it goes. */
  limit(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resets the connections there are. */
  cut(): void {
    for (const socket of this.#sockets) {
      // Node 20 loses the handle of a socket that is reset after its end, and then never exits.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.heal();
    this.#server.close();
  }

  async #accept(client: Socket): Promise<void> {
    client.on('error', () => {});
    await this.#whole;
    const server = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    server.on('error', () => {});
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    await Promise.all([this.#pump(client, server), this.#pump(server, client)]);
  }

  async #pump(from: Socket, to: Socket): Promise<void> {
    let broken = false;
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        if (this.#bytesPerSecond < Number.POSITIVE_INFINITY) await sleep((1000 * chunk.length) / this.#bytesPerSecond);
        await this.#whole;
        this.bytes += chunk.length;
        this.tap(chunk, from);
        if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
    } catch {
      broken = true;
    }
    await this.#whole;
    if (broken) to.destroy();
    else to.end();
  }
}
