import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable } from '@nestjs/common';
import type { LedgerEvent } from '@veilsum/ledger';
import { queryStatusSchema, type QueryRecord, type QueryStatus } from '@veilsum/protocol';

import { LedgerRecords } from '../ledger/ledger-records.js';
import type { Log } from '../operations/log.js';
import { Metrics } from '../operations/metrics.js';
import { LOG, SETTINGS, type GatewaySettings } from '../settings.js';
import { AggregationQueue } from './aggregation-queue.js';
import { DeadlineDuties } from './deadline-duties.js';
import { LedgerFollower } from './ledger-follower.js';

/** Queries with something left to do. */
const openStatuses: readonly QueryStatus[] = ['reviewing', 'authorised', 'blinded', 'released'];

/** Events after which a plan may no longer stand. */
const stoppingEvents = new Set(['consentChanged', 'contributionChanged', 'memberChanged']);

/** Every so many looks at the open queries, the whole list is read again, in case an event was missed. */
const LOOKS_PER_LIST = 60;

/**
 * Does what follows from the ledger without anyone asking: aggregates for authorised queries, and what
 * deadlines ask for. Holds no state that matters: it can be stopped anywhere and started again.
 */
@Injectable()
export class BackgroundWork {
  readonly #open = new Set<string>();
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #mayHaveStopped = true;
  #running: Promise<void> | undefined;

  // eslint-disable-next-line max-params -- injected by the framework, each its own concern
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(AggregationQueue) private readonly aggregation: AggregationQueue,
    @Inject(DeadlineDuties) private readonly duties: DeadlineDuties,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async start(): Promise<void> {
    const height = await this.records.height();
    this.metrics.ledgerHeight.set(height);
    this.follower.events.subscribe((event) => {
      this.#notice(event);
    });
    this.follower.start(height);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
    await this.aggregation.stop();
    await this.follower.stop();
  }

  #notice({ name, payload }: LedgerEvent): void {
    if (name === 'queryChanged') {
      const { queryId, status } = payload as { queryId?: unknown; status?: unknown };
      const parsed = queryStatusSchema.safeParse(status);
      if (typeof queryId === 'string' && parsed.success && openStatuses.includes(parsed.data)) {
        this.#open.add(queryId);
      }
    }
    if (stoppingEvents.has(name)) this.#mayHaveStopped = true;
    this.#wake.abort();
  }

  async #run(): Promise<void> {
    for (let looks = 0; !this.#stopping.signal.aborted; looks += 1) {
      this.#wake = new AbortController();
      try {
        if (looks % LOOKS_PER_LIST === 0) await this.#list();
        await this.#look();
      } catch (error) {
        this.log.error({ err: error }, 'background work failed and is tried again');
      }
      const signal = AbortSignal.any([this.#stopping.signal, this.#wake.signal]);
      await delay(this.settings.scanMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #list(): Promise<void> {
    for (const status of openStatuses) {
      for (const { queryId } of await this.records.queries({ status })) this.#open.add(queryId);
    }
  }

  async #look(): Promise<void> {
    const isStopCheck = this.#mayHaveStopped;
    this.#mayHaveStopped = false;
    const counts = new Map<QueryStatus, number>(openStatuses.map((status) => [status, 0]));
    for (const queryId of [...this.#open].sort()) {
      if (this.#stopping.signal.aborted) return;
      const query = await this.records.query(queryId);
      counts.set(query.status, (counts.get(query.status) ?? 0) + 1);
      await this.#attend(query, isStopCheck);
    }
    for (const status of openStatuses) {
      this.metrics.openQueries.set({ status }, counts.get(status) ?? 0);
    }
  }

  async #attend(query: QueryRecord, isStopCheck: boolean): Promise<void> {
    if (!openStatuses.includes(query.status)) {
      this.#open.delete(query.queryId);
      this.aggregation.forget(query.queryId);
      return;
    }
    if (query.plan !== undefined) this.aggregation.offer(query);
    if (isStopCheck) await this.duties.endIfStopped(query);
    await this.duties.discharge(query);
  }
}
