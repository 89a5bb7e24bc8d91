import { LEDGER_HEIGHT_HEADER } from '@veilsum/ledger';
import { errorCodes, problemSchema, VeilsumError, type ErrorCode } from '@veilsum/protocol';
import type { ContributionId, QueryId } from '@veilsum/protocol';
import { sleepUnder, withRetries, type Backoff } from './backoff.js';
import type { AttemptSeat, Gateway } from './gateway.js';

/** A problem document is short; anything longer is not one. */
const PROBLEM_BYTES_MAX = 65_536;

export interface HttpGatewayOptions {
  /** Base address, without `/v1`. */
  readonly url: string;
  /** Makes a fresh bearer token of this keyholder for this gateway. */
  readonly token: () => Promise<string>;
  /** How many blocks the keyholder sees, so that the gateway does not answer from an older view. */
  readonly ledgerHeight?: () => Promise<number>;
  /** Longest silence that is borne: until an answer begins, and between two pieces of it. */
  readonly silenceMsMax: number;
  readonly backoff: Backoff;
  /** Ends every call that is under way. */
  readonly signal?: AbortSignal;
}

interface Call {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

/** The gateway over HTTP. Every call is idempotent, so failures that pass are tried again. */
export class HttpGateway implements Gateway {
  readonly #options: HttpGatewayOptions;
  readonly #base: string;

  constructor(options: HttpGatewayOptions) {
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, '');
  }

  async *readContainer(contributionId: ContributionId): AsyncGenerator<Uint8Array> {
    const call: Call = { method: 'GET', path: `/v1/contributions/${contributionId}/container` };
    const answer = await this.#retry(() => this.#open(call));
    yield* answer.pieces();
  }

  readAggregates(queryId: QueryId, bytesMax: number): Promise<Uint8Array> {
    return this.#read(`/v1/queries/${queryId}/aggregates`, bytesMax);
  }

  readBlinding(seat: AttemptSeat, bytesMax: number): Promise<Uint8Array> {
    return this.#read(pathOf(seat, 'blindings'), bytesMax);
  }

  putBlinding(seat: AttemptSeat, blinding: Uint8Array): Promise<void> {
    return this.#put(pathOf(seat, 'blindings'), blinding, 'application/json');
  }

  putShare(seat: AttemptSeat, sealedShare: Uint8Array): Promise<void> {
    return this.#put(pathOf(seat, 'shares'), sealedShare, 'application/octet-stream');
  }

  #read(path: string, bytesMax: number): Promise<Uint8Array> {
    return this.#retry(async () => {
      const answer = await this.#open({ method: 'GET', path });
      return answer.bytes(bytesMax);
    });
  }

  #put(path: string, body: Uint8Array, contentType: string): Promise<void> {
    return this.#retry(async () => {
      const answer = await this.#open({ method: 'PUT', path, body, contentType });
      await answer.bytes(PROBLEM_BYTES_MAX);
    });
  }

  #retry<T>(call: () => Promise<T>): Promise<T> {
    const { backoff, signal } = this.#options;
    const retryable = (error: unknown) => signal?.aborted !== true && isPassing(error);
    return withRetries(call, backoff, { retryable, sleep: sleepUnder(signal) });
  }

  /** @throws {@link VeilsumError} for every answer that is not a success */
  async #open({ method, path, body, contentType }: Call): Promise<Answer> {
    const { silenceMsMax, signal } = this.#options;
    const patience = new Patience(silenceMsMax, signal);
    const headers = await this.#headers();
    if (contentType !== undefined) headers['content-type'] = contentType;
    try {
      const request: RequestInit = { method, headers, redirect: 'error', signal: patience.signal };
      if (body !== undefined) request.body = body as Uint8Array<ArrayBuffer>;
      const response = await fetch(`${this.#base}${path}`, request);
      const answer = new Answer(response, patience);
      if (!response.ok) throw await problemOf(response.status, answer);
      return answer;
    } catch (error) {
      patience.end();
      throw error instanceof VeilsumError ? error : unavailable(error);
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const { token, ledgerHeight } = this.#options;
    const headers: Record<string, string> = { authorization: `Bearer ${await token()}` };
    if (ledgerHeight !== undefined) headers[LEDGER_HEIGHT_HEADER] = String(await ledgerHeight());
    return headers;
  }
}

/** Aborts a call in which nothing has moved for too long, or which the process gives up. */
class Patience {
  readonly #controller = new AbortController();
  readonly #silenceMsMax: number;
  readonly #outer: AbortSignal | undefined;
  readonly #abort = () => {
    this.#controller.abort();
  };
  #timer: NodeJS.Timeout | undefined;

  constructor(silenceMsMax: number, outer: AbortSignal | undefined) {
    this.#silenceMsMax = silenceMsMax;
    this.#outer = outer;
    outer?.addEventListener('abort', this.#abort);
    if (outer?.aborted === true) this.#abort();
    this.moved();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  moved(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#abort, this.#silenceMsMax);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#abort);
  }
}

/** A response whose body is read piece by piece under one patience. */
class Answer {
  constructor(
    private readonly response: Response,
    private readonly patience: Patience,
  ) {}

  async *pieces(): AsyncGenerator<Uint8Array> {
    const reader = this.response.body?.getReader();
    try {
      for (;;) {
        this.patience.moved();
        const read = await reader?.read();
        // Whoever takes the pieces may be slow; only the gateway's silence counts.
        this.patience.end();
        if (read === undefined || read.done) return;
        yield read.value as Uint8Array;
      }
    } catch (error) {
      throw unavailable(error);
    } finally {
      this.patience.end();
      await reader?.cancel().catch(() => undefined);
    }
  }

  /** @throws {@link VeilsumError} LIMIT_EXCEEDED as soon as there are more bytes than that */
  async bytes(bytesMax: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.pieces()) {
      length += piece.byteLength;
      if (length > bytesMax) {
        throw new VeilsumError('LIMIT_EXCEEDED', 'The gateway answers with more than it can have.');
      }
      pieces.push(piece);
    }
    return new Uint8Array(Buffer.concat(pieces));
  }
}

function pathOf({ queryId, attempt, index }: AttemptSeat, kind: 'blindings' | 'shares'): string {
  return `/v1/queries/${queryId}/attempts/${attempt}/${kind}/${index}`;
}

function unavailable(cause: unknown): VeilsumError {
  return new VeilsumError('GATEWAY_UNAVAILABLE', 'The gateway cannot be reached.', { cause });
}

function isPassing(error: unknown): boolean {
  // A gateway whose view of the ledger is behind catches up.
  const passing = ['GATEWAY_UNAVAILABLE', 'LEDGER_UNAVAILABLE'];
  return error instanceof VeilsumError && passing.includes(error.code);
}

/** Codes by status for answers that are no problem document, e.g. of a proxy in between. */
const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'LIMIT_EXCEEDED',
};

async function problemOf(status: number, answer: Answer): Promise<VeilsumError> {
  const body = await answer.bytes(PROBLEM_BYTES_MAX);
  if (status >= 500 || status === 408 || status === 429) return unavailable(undefined);
  const problem = problemSchema.safeParse(parsedOrUndefined(body));
  if (problem.success && problem.data.code in errorCodes) {
    return new VeilsumError(problem.data.code as ErrorCode, problem.data.detail);
  }
  const code = codeByStatus[status] ?? 'INTERNAL';
  return new VeilsumError(code, `The gateway answered with status ${status}.`);
}

function parsedOrUndefined(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
