import { Inject, Injectable } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import type { QueryRecord } from '@veilsum/protocol';
import {
  concatMap,
  defer,
  distinctUntilChanged,
  filter,
  interval,
  map,
  merge,
  startWith,
  takeWhile,
  type Observable,
} from 'rxjs';

import { LedgerFollower } from '../background/ledger-follower.js';
import { LedgerRecords } from '../ledger/ledger-records.js';

/** Keeps proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000;

const finalStatuses: readonly QueryRecord['status'][] = ['settled', 'refused', 'expired', 'failed'];

/** What has become of a query, each time the ledger says something new about it. */
@Injectable()
export class QueryProgress {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
  ) {}

  /** Begins with the state now and ends after a final one. Errors when there is no such query. */
  watch(queryId: string): Observable<MessageEvent> {
    const records = this.follower.events.pipe(
      filter(({ name, payload }) => name === 'queryChanged' && isAbout(payload, queryId)),
      startWith(undefined),
      concatMap(() => defer(() => this.records.query(queryId))),
      map(stateOf),
      distinctUntilChanged((left, right) => JSON.stringify(left) === JSON.stringify(right)),
    );
    const heartbeats = interval(HEARTBEAT_MS).pipe(map(() => undefined));
    return merge(records, heartbeats).pipe(
      takeWhile((state) => state === undefined || !finalStatuses.includes(state.status), true),
      map((state): MessageEvent =>
        state === undefined ? { type: 'heartbeat', data: '' } : { type: 'query', data: state },
      ),
    );
  }
}

function stateOf({ queryId, status, attempt, changedAt }: QueryRecord) {
  return { queryId, status, changedAt, ...(attempt === undefined ? {} : { attempt }) };
}

function isAbout(payload: unknown, queryId: string): boolean {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'queryId' in payload &&
    payload.queryId === queryId
  );
}
