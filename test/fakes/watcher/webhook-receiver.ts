import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Alert } from '@veilsum/protocol';

/** One request that came. */
export interface ReceivedDelivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

/** How the receiver answers: with a status, by hanging up, or not at all. */
export type Answering = number | 'hang-up' | 'silent';

/** A real HTTP server that takes deliveries and fails as told. */
export class WebhookReceiver {
  readonly received: ReceivedDelivery[] = [];
  answering: (number: number) => Answering = () => 204;
  #server: Server | undefined;

  /** @param port - 0 takes any free one */
  async listen(port = 0): Promise<void> {
    this.#server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString('utf8');
        this.received.push({ headers: request.headers, body, at: Date.now() });
        const how = this.answering(this.received.length);
        if (how === 'hang-up') request.socket.destroy();
        else if (how !== 'silent') response.writeHead(how).end('thank you');
      });
    });
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server?.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Ids of the deliveries, in the order in which they came. */
  get ids(): string[] {
    return this.received.map(({ headers }) => String(headers['webhook-id']));
  }

  /** The alerts in them. */
  get alerts(): Alert[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { data: Alert }).data);
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
}
