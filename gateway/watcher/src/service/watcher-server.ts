import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorCodes, VeilsumError, type ErrorCode } from '@veilsum/protocol';
import type { AlertLog } from '../alerts/alert-log.js';
import { streamAlerts } from './alert-stream.js';
import type { ReaderAccess } from './reader-access.js';
import type { WatcherMetrics } from './watcher-metrics.js';

/** Nothing but this machine reaches it; a proxy that ends TLS may stand in front. */
const HOST = '127.0.0.1';
const CONNECTIONS_MAX = 64;

export interface WatcherServerOptions {
  readonly alerts: AlertLog;
  readonly access: ReaderAccess;
  readonly metrics: WatcherMetrics;
  /** Names of the webhooks. */
  readonly webhooks: readonly string[];
  readonly port: number;
}

/** `GET /alerts`, `/metrics` and `/health` of a watcher, on 127.0.0.1. */
export class WatcherServer {
  readonly #options: WatcherServerOptions;
  readonly #server: Server;

  private constructor(options: WatcherServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        showProblem(response, error);
      });
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** @throws {@link VeilsumError} PORT_IN_USE */
  static async listen(options: WatcherServerOptions): Promise<WatcherServer> {
    const server = new WatcherServer(options);
    server.#server.listen(options.port, HOST);
    await once(server.#server, 'listening').catch(() => {
      const sentence = `Port ${options.port} of ${HOST} is taken; give the watcher another.`;
      throw new VeilsumError('PORT_IN_USE', sentence);
    });
    return server;
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET') throw nothingHere();
    if (path === '/health') this.#showHealth(response);
    else if (path === '/metrics') await this.#showMetrics(response);
    else if (path === '/alerts') await this.#showAlerts(request, response);
    else throw nothingHere();
  }

  async #showAlerts(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access, alerts } = this.#options;
    await access.require(request.headers.authorization);
    if (request.headers.accept?.includes('application/json') !== true) {
      streamAlerts(request, response, alerts);
      return;
    }
    showJson(response, alerts.latestEntries());
  }

  #showHealth(response: ServerResponse): void {
    const { alerts } = this.#options;
    const open = [...alerts.latest.values()].filter(({ status }) => status === 'open').length;
    showJson(response, { status: 'ok', height: alerts.height, open });
  }

  async #showMetrics(response: ServerResponse): Promise<void> {
    const { metrics, alerts, webhooks } = this.#options;
    metrics.show(alerts.latest.values(), Date.now());
    for (const webhook of webhooks)
      metrics.pending.set({ webhook }, alerts.pendingFor(webhook).length);
    response.setHeader('content-type', metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  }
}

function showJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

const nothingHere = () => new VeilsumError('NOT_FOUND', 'There is nothing at this address.');

function showProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = error instanceof VeilsumError;
  const code: ErrorCode = known ? error.code : 'INTERNAL';
  const { httpStatus: status, title, transient } = errorCodes[code];
  const detail = known ? error.message : title;
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  const type = `urn:veilsum:error:${code}`;
  response.end(JSON.stringify({ type, title, status, detail, code, retryable: transient }));
}
