import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';
import type { Ledger, LedgerEvent } from '@veilsum/ledger';
import { Subject, type Observable } from 'rxjs';

import type { Log } from '../operations/log.js';
import { Metrics } from '../operations/metrics.js';
import { LEDGER, LOG } from '../settings.js';

const RETRY_MS = 1000;

/** The one stream of ledger events in this process; whoever needs them listens here. */
@Injectable()
export class LedgerFollower {
  readonly #events = new Subject<LedgerEvent>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isFollowing = false;

  constructor(
    @Inject(LEDGER) private readonly ledger: Ledger,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Events from the start of this process on, in block order. */
  get events(): Observable<LedgerEvent> {
    return this.#events;
  }

  /** Whether the ledger is being followed right now. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** What happened before `fromBlock` is read from the state instead. */
  start(fromBlock: number): void {
    this.#running ??= this.#run(fromBlock);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#events.complete();
  }

  async #run(fromBlock: number): Promise<void> {
    const { signal } = this.#stopping;
    let next = fromBlock;
    while (!signal.aborted) {
      try {
        this.#isFollowing = true;
        for await (const event of this.ledger.events({ fromBlock: next, signal })) {
          next = event.blockNumber;
          this.metrics.ledgerHeight.set(event.blockNumber + 1);
          this.#events.next(event);
        }
      } catch (error) {
        if (!this.#stopping.signal.aborted) {
          this.log.error({ err: error }, 'the ledger cannot be followed');
        }
      }
      this.#isFollowing = false;
      // An event may come twice after this; whoever listens reads the state anew and does not count.
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
