import { errorCodes, problemSchema, VeilsumError, type ErrorCode } from '@veilsum/protocol';
import type { JsonValue } from '@veilsum/crypto';

export interface GatewayApiOptions {
  /** Base address, without `/v1`. */
  readonly url: string;
  /** Makes a bearer token for this gateway; absent for what anyone may ask. */
  readonly token?: () => Promise<string>;
  /** Longest time one call may take. */
  readonly timeoutMs?: number;
}

/** The gateway's HTTP interface as a client uses it. Nothing that it answers is trusted unchecked. */
export class GatewayApi {
  readonly #base: string;
  readonly #token: (() => Promise<string>) | undefined;
  readonly #timeoutMs: number;

  constructor(options: GatewayApiOptions) {
    this.#base = options.url.replace(/\/+$/, '');
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
  }

  /** @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE */
  async getJson(path: string): Promise<JsonValue> {
    return (await (await this.#call(path)).json()) as JsonValue;
  }

  /** @throws {@link VeilsumError} with the gateway's code, or GATEWAY_UNAVAILABLE */
  async getBytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#call(path)).arrayBuffer());
  }

  async #call(path: string): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.#token !== undefined) headers['authorization'] = `Bearer ${await this.#token()}`;
    const response = await fetch(`${this.#base}${path}`, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(this.#timeoutMs),
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
