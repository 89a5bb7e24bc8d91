import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { VeilsumError, type TransactionEnvelope } from '@veilsum/protocol';

import type { EmbeddedEngine } from './engine.js';
import { problemOf } from './http-problem.js';

/** Above the argument limit by enough for the rest of an envelope and for JSON escapes. */
const BODY_BYTES_MAX = 3_000_000;
const BODY_TIMEOUT_MS = 30_000;
/** An empty line now and then tells a follower that the connection lives. */
const HEARTBEAT_MS = 5_000;
const CLOSING_MS_MAX = 5_000;

export interface ServerOptions {
  /** 127.0.0.1 when absent: the ledger trusts whoever reads it with what every member may read. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/**
 * The embedded ledger over HTTP: `POST /v1/transactions`, `POST /v1/evaluate` (both take a signed
 * envelope), `GET /v1/transactions/:id`, `GET /v1/blocks?from=N[&follow=false]` (one block a line),
 * `GET /v1/health`. Failures are problem documents (RFC 9457).
 */
export class LedgerServer {
  readonly #engine: EmbeddedEngine;
  readonly #server: Server;
  readonly #stopping = new AbortController();
  readonly #answers = new Set<Promise<void>>();

  private constructor(engine: EmbeddedEngine) {
    this.#engine = engine;
    this.#server = createServer({ requestTimeout: BODY_TIMEOUT_MS }, (request, response) => {
      const answer = this.#answer(request, response).finally(() => this.#answers.delete(answer));
      this.#answers.add(answer);
    });
  }

  /**
   * Starts to listen.
   * @throws {@link VeilsumError} PORT_IN_USE
   */
  static async listen(
    engine: EmbeddedEngine,
    { host = '127.0.0.1', port }: ServerOptions,
  ): Promise<LedgerServer> {
    const ledger = new LedgerServer(engine);
    ledger.#server.listen(port, host);
    try {
      await once(ledger.#server, 'listening');
    } catch (cause) {
      throw new VeilsumError('PORT_IN_USE', `The ledger cannot listen on ${host}:${port}.`, {
        cause,
      });
    }
    return ledger;
  }

  /** Where it listens, without a slash at the end. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  /** Ends streams, waits for requests that are being answered, and closes the ledger. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const patience = delay(CLOSING_MS_MAX, undefined, { ref: false });
    await Promise.race([Promise.allSettled(this.#answers), patience]);
    // What is left waits for a next request, or for a reader that does not read.
    this.#server.closeAllConnections();
    await closed;
    await this.#engine.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://ledger');
      await this.#handlerOf(request.method ?? '', url)(request, response, url);
    } catch (error) {
      sendProblem(response, error);
      // A caller that is still sending reads no answer before it has sent everything.
      request.resume();
    }
    if (!response.closed) await once(response, 'close');
  }

  #handlerOf(method: string, { pathname }: URL): Handler {
    const route = `${method} ${pathname}`;
    if (route === 'POST /v1/transactions') return this.#submit;
    if (route === 'POST /v1/evaluate') return this.#evaluate;
    if (route === 'GET /v1/blocks') return this.#blocks;
    if (route === 'GET /v1/health') return this.#health;
    if (/^GET \/v1\/transactions\/[0-9a-f]{64}$/.test(route)) return this.#transaction;
    throw new VeilsumError('NOT_FOUND', 'The ledger has no such address.');
  }

  readonly #submit: Handler = async (request, response) => {
    const envelope = await readJson(request);
    sendJson(response, await this.#engine.submit(envelope as TransactionEnvelope));
  };

  readonly #evaluate: Handler = async (request, response) => {
    const envelope = await readJson(request);
    sendJson(response, {
      response: await this.#engine.evaluate(envelope as TransactionEnvelope),
    });
  };

  readonly #transaction: Handler = async (_request, response, { pathname }) => {
    const transactionId = pathname.slice('/v1/transactions/'.length);
    const outcome = await this.#engine.findTransaction(transactionId);
    if (outcome === undefined) {
      throw new VeilsumError('NOT_FOUND', 'No block has this transaction.', { transactionId });
    }
    sendJson(response, outcome);
  };

  readonly #health: Handler = async (_request, response) => {
    sendJson(response, { status: 'ok', ...(await this.#engine.status()) });
  };

  readonly #blocks: Handler = async (_request, response, { searchParams }) => {
    const from = searchParams.get('from') ?? '0';
    if (!/^\d{1,12}$/.test(from)) {
      throw new VeilsumError('INVALID_ARGUMENT', 'from is the number of a block.');
    }
    const left = new AbortController();
    response.once('close', () => {
      left.abort();
    });
    const signal = AbortSignal.any([left.signal, this.#stopping.signal]);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.flushHeaders();
    const heartbeat = setInterval(() => response.write('\n'), HEARTBEAT_MS);
    try {
      await this.#sendBlocks(response, Number(from), {
        signal,
        isFollowed: searchParams.get('follow') !== 'false',
      });
    } finally {
      clearInterval(heartbeat);
      response.end();
    }
  };

  async #sendBlocks(
    response: ServerResponse,
    fromBlock: number,
    { signal, isFollowed }: { signal: AbortSignal; isFollowed: boolean },
  ): Promise<void> {
    const { height } = await this.#engine.status();
    if (!isFollowed && fromBlock >= height) return;
    let next = fromBlock;
    for await (const text of this.#engine.blockTexts({ fromBlock, signal })) {
      // A reader that does not keep up must not fill the memory of the ledger.
      if (!response.write(`${text}\n`)) await once(response, 'drain', { signal }).catch(() => null);
      next += 1;
      if (signal.aborted || (!isFollowed && next >= height)) return;
    }
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Without this option a refused body would take the connection down before its answer is sent.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) {
      throw new VeilsumError('LIMIT_EXCEEDED', 'The transaction is longer than the ledger takes.');
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new VeilsumError('INVALID_ARGUMENT', 'The body is not JSON.');
  }
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sendProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = problemOf(error);
  response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify(problem));
}
