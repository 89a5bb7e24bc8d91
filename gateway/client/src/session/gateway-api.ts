import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorCodes, problemSchema, VeilsumError, type ErrorCode } from '@veilsum/protocol';
import type { JsonValue } from '@veilsum/crypto';
import { LEDGER_HEIGHT_HEADER } from '@veilsum/ledger';

export interface GatewayApiOptions {
  /** Base address, without `/v1`. */
  readonly url: string;
  /** Makes a bearer token for this gateway; absent for what anyone may ask. */
  readonly token?: () => Promise<string>;
  /** How many blocks the caller has seen, so that the gateway does not decide on an older view. */
  readonly ledgerHeight?: () => Promise<number>;
  /** Longest time one call may take. */
  readonly timeoutMs?: number;
}

/** 1 GB at 1 MB/s takes less. */
const DOWNLOAD_TIMEOUT_MS = 30 * 60_000;

/** What one call is other than a short reading. */
interface Call extends Pick<RequestInit, 'method' | 'body'> {
  readonly timeoutMs?: number;
}

/** The gateway's HTTP interface as a client uses it. Nothing that it answers is trusted unchecked. */
export class GatewayApi {
  readonly #base: string;
  readonly #options: GatewayApiOptions;

  constructor(options: GatewayApiOptions) {
    this.#base = options.url.replace(/\/+$/, '');
    this.#options = options;
  }

  /** @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE */
  async getJson(path: string): Promise<JsonValue> {
    return (await (await this.#call(path)).json()) as JsonValue;
  }

  /** @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE */
  async getBytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#call(path)).arrayBuffer());
  }

  /** @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE */
  async putBytes(path: string, bytes: Uint8Array): Promise<void> {
    const body = new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' });
    await (await this.#call(path, { method: 'PUT', body })).body?.cancel();
  }

  /**
   * Streams what is too large to be held into a file.
   * @returns SHA-256 of its bytes, hex
   * @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE
   */
  async download(path: string, file: string): Promise<string> {
    const { body } = await this.#call(path, { timeoutMs: DOWNLOAD_TIMEOUT_MS });
    if (body === null) throw new VeilsumError('GATEWAY_UNAVAILABLE', 'The gateway sent nothing.');
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(undefined, chunk);
      },
    });
    const out = createWriteStream(file, { mode: 0o600 });
    await pipeline(Readable.fromWeb(body), hashing, out).catch((cause: unknown) => {
      const sentence = `The gateway at ${this.#base} did not send the whole file.`;
      throw new VeilsumError('GATEWAY_UNAVAILABLE', sentence, { cause });
    });
    return hash.digest('hex');
  }

  async #call(path: string, call: Call = {}): Promise<Response> {
    const { timeoutMs = this.#options.timeoutMs ?? 30_000, ...init } = call;
    const headers = await callHeaders(this.#options);
    const response = await fetch(`${this.#base}${path}`, {
      ...init,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new VeilsumError(
        'GATEWAY_UNAVAILABLE',
        `The gateway at ${this.#base} cannot be reached.`,
        { cause },
      );
    });
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

/** Who calls, and what it has seen of the ledger. Secret: the token is in it. */
export async function callHeaders({
  token,
  ledgerHeight,
}: Pick<GatewayApiOptions, 'token' | 'ledgerHeight'>): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (ledgerHeight !== undefined) headers[LEDGER_HEIGHT_HEADER] = String(await ledgerHeight());
  if (token !== undefined) headers['authorization'] = `Bearer ${await token()}`;
  return headers;
}

/** What the gateway said no with. */
export async function problemOf(response: Response): Promise<VeilsumError> {
  const body: unknown = await response.json().catch(() => undefined);
  const problem = problemSchema.safeParse(body);
  if (problem.success && problem.data.code in errorCodes) {
    return new VeilsumError(problem.data.code as ErrorCode, problem.data.detail);
  }
  const code = response.status >= 500 ? 'GATEWAY_UNAVAILABLE' : 'INTERNAL';
  return new VeilsumError(code, `The gateway answered with status ${response.status}.`);
}
