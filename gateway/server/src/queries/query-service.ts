import { Inject, Injectable } from '@nestjs/common';
import { VeilsumError } from '@veilsum/protocol';

import { hasRole, isMember, requireAnyOf, type Caller } from '../access/caller.js';
import { LedgerRecords } from '../ledger/ledger-records.js';
import { objectNames } from '../objects/object-names.js';
import type { ObjectStore, StoredObject } from '../objects/object-store.js';
import { OBJECT_STORE } from '../settings.js';

/** What the gateway publishes about a query besides the ledger's record. */
@Injectable()
export class QueryService {
  constructor(
    @Inject(LedgerRecords) private readonly records: LedgerRecords,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** @throws {@link VeilsumError} FORBIDDEN, or NOT_FOUND until the aggregates have been made */
  async openAggregates(caller: Caller, queryId: string): Promise<StoredObject> {
    const { analystId } = await this.records.query(queryId);
    requireAnyOf(
      caller,
      [hasRole('keyholder', 'auditor'), isMember(analystId)],
      'Aggregates are for keyholders, auditors and the analyst of the query.',
    );
    const stored = await this.objects.open(objectNames.aggregates(queryId));
    if (stored !== undefined) return stored;
    throw new VeilsumError('NOT_FOUND', 'The aggregates of this query have not been made yet.');
  }
}
