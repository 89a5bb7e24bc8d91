import { once } from 'node:events';
import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

/** One connection through the relay: both of its ends. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/**
 * A TCP relay between a client and a peer that fails as networks do: connections end, or they stay open
 * and carry nothing any more.
 */
export class TcpRelay {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #isCut = false;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      this.#relay(near, target);
    });
  }

  /** @param target - port on 127.0.0.1 that connections are passed on to */
  static async open(target: number): Promise<TcpRelay> {
    const relay = new TcpRelay(target);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection and takes none until it is mended. */
  cut(): void {
    this.#isCut = true;
    this.#end();
  }

  /**
   * Leaves every connection open and passes nothing on, like a firewall that has forgotten them: neither
   * end is told. New connections work.
   */
  stall(): void {
    for (const { near, far } of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  /** Takes connections again; those that were stalled never come back. */
  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(near: Socket, target: number): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = createConnection(target, '127.0.0.1');
    const pair = { near, far };
    this.#pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      from.pipe(to);
    }
  }

  #end(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }
}
