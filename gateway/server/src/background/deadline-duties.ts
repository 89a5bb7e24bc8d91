import { Inject, Injectable } from '@nestjs/common';
import { errorCodes, VeilsumError, type Attempt, type QueryRecord } from '@veilsum/protocol';

import { LedgerRecords } from '../ledger/ledger-records.js';
import type { Log } from '../operations/log.js';
import { Metrics } from '../operations/metrics.js';
import { CLOCK, LOG, type Clock } from '../settings.js';

/** What anyone may do for a query once a deadline has passed (docs/ledger.md, Queries). */
export type Duty = 'closeBlinding' | 'nextAttempt' | 'expire' | 'settle';

/**
 * The duties that may be due, the better outcome first; the contract decides which one is. A query that
 * still can get a result is never expired before another attempt was tried.
 */
export function dutiesOf(query: QueryRecord, now: number): Duty[] {
  const { status, attempt, review } = query;
  switch (status) {
    case 'reviewing':
      return review !== undefined && now > review.deadline ? ['expire'] : [];
    case 'authorised':
    case 'blinded':
      return attempt === undefined ? [] : attemptDuties(attempt, now);
    case 'released':
      return now > query.settleDeadline ? ['settle'] : [];
    default:
      return [];
  }
}

function attemptDuties({ state, blindingDeadline, releaseDeadline }: Attempt, now: number): Duty[] {
  const goOn: Duty[] = ['nextAttempt', 'expire'];
  if (state === 'ended') return goOn;
  if (state === 'opening') return now > releaseDeadline ? goOn : [];
  return now > blindingDeadline ? ['closeBlinding', ...goOn] : [];
}

/** Does for queries what the ledger lets anyone do, so that none waits for its analyst. */
@Injectable()
export class DeadlineDuties {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Does the first duty that the ledger accepts. */
  async discharge(query: QueryRecord): Promise<void> {
    for (const duty of dutiesOf(query, this.clock())) {
      if (await this.#attempt(duty, query)) return;
    }
  }

  /**
   * Ends a query whose plan no longer stands, e.g. since a consent was withdrawn: the ledger refuses
   * while it does stand.
   */
  async endIfStopped(query: QueryRecord): Promise<void> {
    if (query.status !== 'authorised' && query.status !== 'blinded') return;
    if (await this.records.wouldFail(query.queryId)) await this.#attempt('expire', query);
  }

  async #attempt(duty: Duty, { queryId, attempt }: QueryRecord): Promise<boolean> {
    try {
      await this.records[duty]({ queryId, attempt: attempt?.attempt ?? 0 });
      this.metrics.duties.inc({ duty, outcome: 'done' });
      this.log.info({ queryId, duty }, 'did what a deadline asked for');
      return true;
    } catch (error) {
      if (!(error instanceof VeilsumError)) throw error;
      this.metrics.duties.inc({ duty, outcome: 'refused' });
      this.log.debug({ queryId, duty, code: error.code }, 'not due after all');
      // When the ledger cannot be asked, the next duty is no better.
      return errorCodes[error.code].httpStatus >= 500;
    }
  }
}
