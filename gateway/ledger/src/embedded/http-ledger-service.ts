import { setTimeout as delay } from 'node:timers/promises';

import {
  VeilsumError,
  hashSchema,
  validationCodeSchema,
  type Block,
  type TransactionEnvelope,
} from '@veilsum/protocol';
import { z, type ZodType } from 'zod';

import type { FollowOptions } from '../ledger.js';
import { decodeBlock } from './block-encoding.js';
import { BlockSequence } from './block-sequence.js';
import { readLines } from './http-lines.js';
import { errorOfProblem } from './http-problem.js';
import type { LedgerService, LedgerStatus, TransactionOutcome } from './ledger-service.js';

const outcomeSchema = z.strictObject({
  transactionId: hashSchema,
  blockNumber: z.number().int().min(1),
  validationCode: validationCodeSchema,
  response: z.string(),
});
const evaluationSchema = z.strictObject({ response: z.string() });
const statusSchema = z.strictObject({
  status: z.literal('ok'),
  channel: z.string(),
  genesisHash: hashSchema,
  height: z.number().int().min(1),
  headHash: hashSchema,
});

const ATTEMPT_TIMEOUT_MS = 15_000;
const PAUSE_MS = 50;
const PAUSE_MS_MAX = 1000;
/** Several heartbeats of the server; silence for longer is a dead connection. */
const SILENCE_MS_MAX = 20_000;

export interface HttpServiceOptions {
  /** Like `http://127.0.0.1:7051`. */
  readonly url: string;
  /** Hash of block 0; another ledger at the address is refused. */
  readonly genesisHash: string;
  /** How long a call keeps trying while the ledger cannot be reached; 30 seconds when absent. */
  readonly patienceMs?: number;
}

/** A request that brought no answer from the ledger. */
class NoAnswer extends Error {
  /** Whether the ledger may have got the request all the same. */
  readonly maybeReceived: boolean;

  constructor(cause: unknown) {
    super('The ledger gave no answer.', { cause });
    this.maybeReceived = !isRefusedConnection(cause);
  }
}

/** The embedded ledger behind an HTTP address. It keeps nothing, and checks the links of blocks only. */
export class HttpLedgerService implements LedgerService {
  readonly #url: string;
  readonly #genesisHash: string;
  readonly #patienceMs: number;
  readonly #closing = new AbortController();

  constructor({ url, genesisHash, patienceMs = 30_000 }: HttpServiceOptions) {
    this.#url = url.replace(/\/$/, '');
    this.#genesisHash = genesisHash;
    this.#patienceMs = patienceMs;
  }

  /**
   * Sends the same envelope until the ledger answers, which it does once for all.
   * @throws {@link VeilsumError} COMMIT_STATUS_UNKNOWN when the ledger may have got it but never
   * answered, LEDGER_UNAVAILABLE when it certainly never got it, or the ledger's refusal
   */
  async submit(envelope: TransactionEnvelope): Promise<TransactionOutcome> {
    const unanswered: NoAnswer[] = [];
    const attempt = async () => {
      try {
        return await this.#post('/v1/transactions', envelope, outcomeSchema);
      } catch (error) {
        if (error instanceof NoAnswer && error.maybeReceived) unanswered.push(error);
        throw error;
      }
    };
    try {
      return await this.#insist(attempt);
    } catch (error) {
      const isUnreachable = error instanceof VeilsumError && error.code === 'LEDGER_UNAVAILABLE';
      if (!isUnreachable || unanswered.length === 0) throw error;
      throw new VeilsumError(
        'COMMIT_STATUS_UNKNOWN',
        'The ledger did not answer whether it took the transaction; look its id up before sending anything else.',
        { transactionId: envelope.proposal.transactionId, cause: error },
      );
    }
  }

  async evaluate(envelope: TransactionEnvelope): Promise<string> {
    const { response } = await this.#insist(() =>
      this.#post('/v1/evaluate', envelope, evaluationSchema),
    );
    return response;
  }

  async findTransaction(transactionId: string): Promise<TransactionOutcome | undefined> {
    try {
      return await this.#insist(() =>
        this.#get(`/v1/transactions/${transactionId}`, outcomeSchema),
      );
    } catch (error) {
      if (error instanceof VeilsumError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  async status(): Promise<LedgerStatus> {
    const status = await this.#insist(() => this.#get('/v1/health', statusSchema));
    if (status.genesisHash !== this.#genesisHash) {
      throw new VeilsumError('LEDGER_INTEGRITY', 'The address is that of another ledger.');
    }
    return status;
  }

  /**
   * Blocks in order, each linked to the one before, over reconnects too.
   * @throws {@link VeilsumError} LEDGER_INTEGRITY when blocks that were seen are gone or changed
   */
  async *blocks({ fromBlock, signal: given }: FollowOptions): AsyncGenerator<Block> {
    const signal = this.#signalOf(given);
    const sequence = new BlockSequence(fromBlock);
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#requireHeight(sequence.heightMin);
        for await (const block of this.#connect(sequence.resumeAt, signal)) {
          if (!sequence.accept(block)) continue;
          failures = 0;
          yield block;
        }
      } catch (error) {
        if (isFinal(error)) throw error;
      }
      await pause(failures, signal);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- others have to wait for a disk
  async close(): Promise<void> {
    this.#closing.abort();
  }

  async *#connect(fromBlock: number, signal: AbortSignal): AsyncGenerator<Block> {
    const path = `${this.#url}/v1/blocks?from=${fromBlock}`;
    for await (const line of readLines(path, { signal, silenceMsMax: SILENCE_MS_MAX })) {
      yield decodeBlock(line);
    }
  }

  async #requireHeight(height: number): Promise<void> {
    if (height === 0 || (await this.status()).height >= height) return;
    throw new VeilsumError('LEDGER_INTEGRITY', 'The ledger has fewer blocks than it had before.');
  }

  #post<Answer>(path: string, body: unknown, schema: ZodType<Answer>): Promise<Answer> {
    return this.#request(path, schema, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  #get<Answer>(path: string, schema: ZodType<Answer>): Promise<Answer> {
    return this.#request(path, schema, {});
  }

  async #request<Answer>(
    path: string,
    schema: ZodType<Answer>,
    init: RequestInit,
  ): Promise<Answer> {
    const { ok, text } = await this.#exchange(path, init);
    if (!ok) throw errorOfProblem(text) ?? new NoAnswer(undefined);
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) throw new NoAnswer(parsed.error);
    return parsed.data;
  }

  async #exchange(path: string, init: RequestInit): Promise<{ ok: boolean; text: string }> {
    const signal = this.#signalOf(AbortSignal.timeout(ATTEMPT_TIMEOUT_MS));
    try {
      const response = await fetch(this.#url + path, { ...init, signal });
      return { ok: response.ok, text: await response.text() };
    } catch (cause) {
      throw new NoAnswer(cause);
    }
  }

  /** Tries again while the ledger cannot be reached. @throws {@link VeilsumError} LEDGER_UNAVAILABLE */
  async #insist<Answer>(attempt: () => Promise<Answer>): Promise<Answer> {
    const endMs = performance.now() + this.#patienceMs;
    for (let failures = 0; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!isWorthAnotherTry(error)) throw error;
        if (performance.now() >= endMs || this.#closing.signal.aborted) {
          throw new VeilsumError(
            'LEDGER_UNAVAILABLE',
            `The ledger at ${this.#url} cannot be reached.`,
            { cause: error },
          );
        }
      }
      await pause(failures, this.#closing.signal);
    }
  }

  #signalOf(signal: AbortSignal | undefined): AbortSignal {
    if (signal === undefined) return this.#closing.signal;
    return AbortSignal.any([signal, this.#closing.signal]);
  }
}

/** Growing and random, so that clients of a ledger that comes back do not all call at once. */
async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(PAUSE_MS * 2 ** failures, PAUSE_MS_MAX);
  await delay(longest / 2 + (Math.random() * longest) / 2, undefined, { signal }).catch(() => null);
}

function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof NoAnswer) return true;
  return (
    error instanceof VeilsumError &&
    (error.code === 'COMMIT_STATUS_UNKNOWN' || error.code === 'LEDGER_UNAVAILABLE')
  );
}

/** What would be the same on the next connection. */
function isFinal(error: unknown): boolean {
  return error instanceof VeilsumError && !error.transient && error.code !== 'INTERNAL';
}

/** Looks at every cause: the error of `fetch` only wraps that of the connection. */
function isRefusedConnection(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  return code === 'ECONNREFUSED' || (cause !== undefined && isRefusedConnection(cause));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
