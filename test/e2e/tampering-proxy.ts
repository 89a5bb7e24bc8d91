import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer of a gateway, whole. */
export interface ProxiedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** One call to a gateway that somebody stands in front of. */
export interface ProxiedCall {
  readonly method: string;
  /** Path of the address, from `/v1` on. */
  readonly path: string;
  /** What the real gateway answers; to another path when one is given. */
  readonly pass: (path?: string) => Promise<ProxiedAnswer>;
}

/** Answers a call in the gateway's place; undefined lets the real answer through. */
export type Tampering = (call: ProxiedCall) => Promise<ProxiedAnswer | undefined>;

const honest: Tampering = () => Promise.resolve(undefined);

/** A gateway that answers as the real one does, except where a test tampers with it. */
export class TamperingProxy {
  tampering: Tampering = honest;

  private constructor(
    private readonly target: string,
    private readonly server: Server,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** @param target - address of the real gateway, without `/v1` */
  static async start(target: string): Promise<TamperingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TamperingProxy(target, server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const body = await bytesOf(request);
    const pass = (path = url) => this.#pass(request, path, body);
    const answer = (await this.tampering({ method, path: url, pass })) ?? (await pass());
    response.writeHead(answer.status, { 'content-type': answer.contentType });
    response.end(answer.body);
  }

  async #pass(request: IncomingMessage, path: string, body: Buffer): Promise<ProxiedAnswer> {
    const { method = 'GET', headers } = request;
    const sent: Record<string, string> = {};
    for (const name of ['authorization', 'content-type'] as const) {
      const value = headers[name];
      if (value !== undefined) sent[name] = value;
    }
    const answer = await fetch(`${this.target}${path}`, {
      method,
      headers: sent,
      ...(method === 'GET' ? {} : { body: new Uint8Array(body) }),
    });
    return {
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? 'application/octet-stream',
      body: new Uint8Array(await answer.arrayBuffer()),
    };
  }
}

/** A successful answer of canonical JSON or of a container. */
export function answerOf(body: Uint8Array, contentType = 'application/json'): ProxiedAnswer {
  return { status: 200, contentType, body };
}

/** What a gateway says of an object that it does not have yet. */
export const notThereYet: ProxiedAnswer = {
  status: 404,
  contentType: 'text/plain',
  body: new Uint8Array(),
};

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
