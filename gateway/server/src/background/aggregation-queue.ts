import { Inject, Injectable } from '@nestjs/common';
import { VeilsumError, type QueryRecord } from '@veilsum/protocol';

import { AggregateMaker } from '../aggregation/aggregate-maker.js';
import type { Log } from '../operations/log.js';
import { Metrics } from '../operations/metrics.js';
import { CLOCK, LOG, type Clock } from '../settings.js';

const RETRY_MS = 5_000;
const RETRY_MS_MAX = 300_000;

interface Failure {
  readonly count: number;
  readonly retryAt: number;
}

/** Makes aggregates one query after the other, each with all threads, the longest waiting first. */
@Injectable()
export class AggregationQueue {
  readonly #waiting = new Map<string, QueryRecord>();
  readonly #done = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    @Inject(AggregateMaker) private readonly maker: AggregateMaker,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Takes a query in unless its aggregates exist, are being made, or failed just now. */
  offer(query: QueryRecord): void {
    const { queryId } = query;
    if (this.#stopping.signal.aborted || this.#done.has(queryId) || this.#waiting.has(queryId))
      return;
    if ((this.#failures.get(queryId)?.retryAt ?? 0) > this.clock()) return;
    this.#waiting.set(queryId, query);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Forgets a query that is final. */
  forget(queryId: string): void {
    this.#done.delete(queryId);
    this.#failures.delete(queryId);
  }

  /** Resolves once nothing is being made, soon; what was not finished follows from the ledger again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const [query] = this.#waiting.values();
      if (query === undefined || this.#stopping.signal.aborted) return;
      await this.#make(query);
      this.#waiting.delete(query.queryId);
    }
  }

  async #make(query: QueryRecord): Promise<void> {
    const { queryId } = query;
    const stop = this.metrics.aggregationSeconds.startTimer();
    try {
      if (await this.maker.ensure(query, this.#stopping.signal)) {
        this.log.info({ queryId, seconds: stop() }, 'made the aggregates of a query');
      }
      this.#done.add(queryId);
      this.#failures.delete(queryId);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const count = (this.#failures.get(queryId)?.count ?? 0) + 1;
      const pause = Math.min(RETRY_MS * 2 ** (count - 1), RETRY_MS_MAX);
      this.#failures.set(queryId, { count, retryAt: this.clock() + pause });
      const code = error instanceof VeilsumError ? error.code : 'INTERNAL';
      this.log.error({ queryId, code, err: error }, 'could not make the aggregates of a query');
    }
  }
}
