import type { Ledger, LedgerEvent } from '@veilsum/ledger';
import { queryIdSchema, VeilsumError, type QueryId } from '@veilsum/protocol';
import { delayAfter, sleepUnder, withRetries, type Backoff } from './backoff.js';
import { wordsOf, type Log } from './log.js';
import { isOpen } from './query-progress.js';
import { advanceQuery, type KeyholderPorts, type Progress } from './query-worker.js';
import { WorkQueue } from './work-queue.js';

/** Queries looked at together; more would only wait for the same processor. */
const WIDTH_MAX = 4;

/** How long a stop waits for what is under way; every step may be cut off anywhere. */
const STOP_MS_MAX = 3_000;

/** How soon a query is looked at again while something is missing, or after a failure. */
const patience: Backoff = { attemptsMax: Infinity, firstDelayMs: 100, delayMsMax: 5_000 };

export interface WorkLoopOptions {
  readonly ports: KeyholderPorts;
  /** The own connection, as the source of events. */
  readonly events: Pick<Ledger, 'events' | 'height'>;
  readonly log: Log;
  /** How often every open query is looked at again. */
  readonly scanMs: number;
  /** Called whenever the ledger has moved in a way that may concern key shares. */
  readonly onKeyRegistered: () => Promise<void>;
}

/**
 * Does what the ledger asks of this keyholder until it is told to stop. On start everything open is
 * looked at; afterwards whatever an event names, and everything open again from time to time, since
 * deadlines pass without an event.
 */
export class WorkLoop {
  readonly #options: WorkLoopOptions;
  readonly #queue: WorkQueue<QueryId>;
  readonly #open = new Set<QueryId>();
  readonly #waits = new Map<QueryId, number>();
  readonly #timers = new Map<QueryId, NodeJS.Timeout>();
  #isStopped = false;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: WorkLoopOptions) {
    this.#options = options;
    this.#queue = new WorkQueue((queryId) => this.#look(queryId), WIDTH_MAX);
  }

  /**
   * @throws {@link VeilsumError} LEDGER_INTEGRITY when the ledger contradicts what this keyholder saw
   * before, or whatever ends the stream of events; there is nothing safe left to do then
   */
  async run(signal: AbortSignal): Promise<void> {
    const failure = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const scans = setInterval(() => {
      this.#askAll();
    }, this.#options.scanMs);
    try {
      await Promise.race([this.#follow(signal), failure]);
    } finally {
      clearInterval(scans);
      await this.#stop();
    }
  }

  async #stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const enough = new AbortController();
    const closed = this.#queue.close().then(() => {
      enough.abort();
    });
    await Promise.race([closed, sleepUnder(enough.signal)(STOP_MS_MAX)]);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { events } = this.#options;
    const fromBlock = await withRetries(() => this.#scan(), patience, {
      retryable: (error) => isPassing(error) && !signal.aborted,
      sleep: sleepUnder(signal),
    });
    this.#askAll();
    for await (const event of events.events({ fromBlock, signal })) await this.#notice(event);
  }

  /** @returns the first block whose events are news */
  async #scan(): Promise<number> {
    const { events, ports } = this.#options;
    // The height is read first: what happens between the two reads is seen twice rather than never.
    const height = await events.height();
    for (const record of await ports.ledger.queries()) {
      if (isOpen(record)) this.#open.add(record.queryId);
    }
    return height;
  }

  async #notice(event: LedgerEvent): Promise<void> {
    if (event.name === 'keyRegistered') await this.#options.onKeyRegistered();
    const queryId = queryIdOf(event);
    if (queryId === undefined) return;
    this.#open.add(queryId);
    this.#waits.delete(queryId);
    this.#queue.ask(queryId);
  }

  #askAll(): void {
    for (const queryId of this.#open) this.#queue.ask(queryId);
  }

  async #look(queryId: QueryId): Promise<void> {
    clearTimeout(this.#timers.get(queryId));
    const startedMs = performance.now();
    try {
      const progress = await advanceQuery(queryId, this.#options.ports);
      this.#settle(queryId, progress, Math.round(performance.now() - startedMs));
    } catch (error) {
      if (isFatal(error)) this.#fail(error);
      else this.#lookAgain(queryId, error);
    }
  }

  #settle(queryId: QueryId, progress: Progress, durationMs: number): void {
    const { log } = this.#options;
    if (progress.kind === 'wait') {
      this.#lookAgain(queryId);
      return;
    }
    if (progress.kind === 'closed') this.#forget(queryId);
    if (progress.kind === 'refused') {
      const { code, message } = progress.refusal;
      log.warn({ queryId, code, reason: message }, 'refused to take part');
    }
    if (progress.kind !== 'done') return;
    log.info({ queryId, task: progress.task, durationMs }, 'did what the ledger asks');
    // The event of the own record asks for the next look; this one is for an event that never comes.
    this.#lookAgain(queryId);
  }

  #forget(queryId: QueryId): void {
    this.#open.delete(queryId);
    this.#waits.delete(queryId);
    this.#timers.delete(queryId);
  }

  #lookAgain(queryId: QueryId, error?: unknown): void {
    if (this.#isStopped) return;
    const tries = (this.#waits.get(queryId) ?? 0) + 1;
    this.#waits.set(queryId, tries);
    if (error !== undefined)
      this.#options.log.warn({ queryId, ...wordsOf(error) }, 'will try again');
    const again = () => {
      this.#queue.ask(queryId);
    };
    this.#timers.set(queryId, setTimeout(again, delayAfter(tries, patience)));
  }
}

function queryIdOf({ name, payload }: LedgerEvent): QueryId | undefined {
  if (name !== 'queryChanged' || typeof payload !== 'object' || payload === null) return undefined;
  const parsed = queryIdSchema.safeParse((payload as { queryId?: unknown }).queryId);
  return parsed.success ? parsed.data : undefined;
}

function isPassing(error: unknown): boolean {
  return error instanceof VeilsumError && error.transient;
}

function isFatal(error: unknown): boolean {
  return error instanceof VeilsumError && error.code === 'LEDGER_INTEGRITY';
}
