import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import type { Ledger, LedgerEvent } from '@veilsum/ledger';

import { longestGapMs } from './time-gaps.js';

const POLL_MS = 20;

/** Takes the events of a ledger from its first block on, as a member's program does, and keeps all. */
export class EventFollower {
  /** In the order in which they were handed out. */
  readonly events: LedgerEvent[] = [];
  readonly #seen = new Set<string>();
  readonly #timesMs: number[] = [];
  readonly #end = new AbortController();
  readonly #following: Promise<void>;

  /** @param ledger - closed when it stops */
  constructor(private readonly ledger: Ledger) {
    this.#following = this.#follow();
  }

  /** Waits until an event of the transaction was handed out. @throws Error when it takes too long */
  async sawTransaction(transactionId: string, timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!this.#seen.has(transactionId)) {
      if (performance.now() > deadlineMs) {
        const last = this.events.at(-1);
        throw new Error(
          `No event of ${transactionId} came within ${timeoutMs} ms; the last of ${this.events.length} was in block ${last?.blockNumber ?? 'none'}.`,
        );
      }
      await delay(POLL_MS);
    }
  }

  /** The longest time without an event, in milliseconds. */
  longestGapMs(fromMs: number, untilMs: number): number {
    return longestGapMs(this.#timesMs, fromMs, untilMs);
  }

  /** Follows no longer. @throws what ended it before */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#following.finally(() => this.ledger.close());
  }

  async #follow(): Promise<void> {
    for await (const event of this.ledger.events({ fromBlock: 0, signal: this.#end.signal })) {
      this.events.push(event);
      this.#seen.add(event.transactionId);
      this.#timesMs.push(performance.now());
    }
  }
}
