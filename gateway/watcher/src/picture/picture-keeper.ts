import { askLedger, type Ledger, type LedgerBlock, type LedgerCall } from '@veilsum/ledger';
import {
  attemptRecordSchema,
  committeeKeySchema,
  consentSchema,
  consortiumSchema,
  contributionSchema,
  memberSchema,
  privacyAccountSchema,
  productSchema,
  queryRecordSchema,
  shareDisputeSchema,
  VeilsumError,
  type Contribution,
  type PrivacyAccount,
  type QueryRecord,
} from '@veilsum/protocol';
import { z, type ZodType } from 'zod';
import type { LedgerPicture, WatchedQuery } from './ledger-picture.js';
import { readOversight } from './oversight-reader.js';
import type { OversightPicture } from './oversight-picture.js';

/** Parts that are read as a whole. */
type ListPart = 'members' | 'products' | 'consents' | 'contributions' | 'oversight';

/** Which part an event of the ledger changes; queries are read one by one. */
const partsByEvent: Readonly<Record<string, readonly ListPart[]>> = {
  consortiumChanged: ['members'],
  memberChanged: ['members'],
  productPublished: ['products'],
  consentChanged: ['consents'],
  contributionChanged: ['contributions', 'oversight'],
  commitmentChanged: ['oversight'],
  incidentChanged: ['oversight', 'members', 'contributions'],
  openingChanged: ['oversight'],
  proposalChanged: ['members', 'products'],
};

const openStatuses: ReadonlySet<string> = new Set([
  'reviewing',
  'authorised',
  'blinded',
  'released',
]);

/**
 * Keeps what the ledger says as far as detectors look at it: read whole once, and then only what events
 * name. What could not be read stays marked and is read the next time.
 */
export class PictureKeeper {
  readonly #ledger: Pick<Ledger, 'evaluate'>;
  /** Queries that ended before are of no interest. */
  readonly #since: number;
  readonly #stale = new Set<ListPart>([
    'members',
    'products',
    'consents',
    'contributions',
    'oversight',
  ]);
  readonly #staleQueries = new Set<string>();
  readonly #queries = new Map<string, WatchedQuery>();
  readonly #accounts = new Map<string, PrivacyAccount>();
  readonly #keyholders = new Map<string, readonly string[]>();
  #lists: Omit<LedgerPicture, 'queries' | 'privacyAccounts'> | undefined;
  #areQueriesListed = false;

  constructor(ledger: Pick<Ledger, 'evaluate'>, since: number) {
    this.#ledger = ledger;
    this.#since = since;
  }

  /** Marks what a block changed. */
  notice({ transactions }: LedgerBlock): void {
    for (const { events, validationCode } of transactions) {
      if (validationCode !== 'VALID') continue;
      for (const { name, payload } of events) {
        for (const part of partsByEvent[name] ?? []) this.#stale.add(part);
        const queryId = queryIdIn(payload);
        if (queryId !== undefined) this.#staleQueries.add(queryId);
      }
    }
  }

  /** Marks everything, in case something changed without an event. */
  noticeAll(): void {
    for (const part of ['members', 'products', 'consents', 'contributions', 'oversight'] as const)
      this.#stale.add(part);
    this.#areQueriesListed = false;
  }

  /** The members as they were last read. */
  get members(): LedgerPicture['members'] {
    return this.#lists?.members ?? [];
  }

  /** @returns the ledger as it is now @throws {@link VeilsumError} when it gives no answer */
  async look(): Promise<LedgerPicture> {
    const lists = await this.#readLists();
    if (!this.#areQueriesListed) await this.#listQueries();
    for (const queryId of [...this.#staleQueries]) {
      const record = await this.#read('query:read', { queryId }, queryRecordSchema);
      await this.#watch(record, lists.contributions);
      this.#staleQueries.delete(queryId);
    }
    return {
      ...lists,
      queries: [...this.#queries.values()],
      privacyAccounts: [...this.#accounts.values()],
    };
  }

  async #readLists(): Promise<Omit<LedgerPicture, 'queries' | 'privacyAccounts'>> {
    const before = this.#lists;
    const stale = new Set(this.#stale);
    const part = <T>(name: ListPart, earlier: T | undefined, read: () => Promise<T>): Promise<T> =>
      earlier === undefined || stale.has(name) ? read() : Promise.resolve(earlier);
    const list = <T>(call: LedgerCall, schema: ZodType<T>) => this.#read(call, {}, z.array(schema));
    const lists = {
      consortium: before?.consortium ?? (await this.#read('consortium:read', {}, consortiumSchema)),
      members: await part('members', before?.members, () => list('member:list', memberSchema)),
      products: await part('products', before?.products, () => list('product:list', productSchema)),
      consents: await part('consents', before?.consents, () => list('consent:list', consentSchema)),
      contributions: await part('contributions', before?.contributions, () =>
        list('contribution:list', contributionSchema),
      ),
      oversight: await part<OversightPicture>('oversight', before?.oversight, () =>
        readOversight(this.#ledger),
      ),
    };
    this.#lists = lists;
    for (const name of stale) this.#stale.delete(name);
    return lists;
  }

  async #listQueries(): Promise<void> {
    const records = await this.#read('query:list', {}, z.array(queryRecordSchema));
    for (const record of records) {
      const isOfInterest = openStatuses.has(record.status) || record.changedAt >= this.#since;
      if (isOfInterest) this.#staleQueries.add(record.queryId);
      // Repetition counts queries that have ended, too.
      else
        this.#queries.set(record.queryId, { record, attempts: [], disputes: [], keyholders: [] });
    }
    this.#areQueriesListed = true;
  }

  async #watch(record: QueryRecord, contributions: readonly Contribution[]): Promise<void> {
    const { queryId, plan } = record;
    if (plan === undefined) {
      this.#queries.set(queryId, { record, attempts: [], disputes: [], keyholders: [] });
      return;
    }
    this.#queries.set(queryId, {
      record,
      attempts: await this.#read('query:attempts', { queryId }, z.array(attemptRecordSchema)),
      disputes:
        record.status === 'released' || record.status === 'settled'
          ? await this.#read('query:disputes', { queryId }, z.array(shareDisputeSchema))
          : [],
      keyholders: await this.#committee(plan.keyId),
    });
    await this.#readAccounts(plan, contributions);
  }

  async #committee(keyId: string): Promise<readonly string[]> {
    const known = this.#keyholders.get(keyId);
    if (known !== undefined) return known;
    const { keyholders } = await this.#read('committee:read', { keyId }, committeeKeySchema);
    this.#keyholders.set(keyId, keyholders);
    return keyholders;
  }

  /** What the cohort of a plan has spent; an exact plan spends nothing. */
  async #readAccounts(
    plan: NonNullable<QueryRecord['plan']>,
    contributions: readonly Contribution[],
  ): Promise<void> {
    if (plan.epsilonMicro === 0) return;
    const product = this.#lists?.products.find(
      ({ productId, version }) => productId === plan.productId && version === plan.productVersion,
    );
    if (product === undefined) return;
    const cohort = new Set<string>(plan.cohort);
    const { budgetGroup } = product;
    const { epoch } = plan;
    for (const { contributionId, contributorId: memberId } of contributions) {
      if (!cohort.has(contributionId)) continue;
      const of = { memberId, budgetGroup, epoch };
      const account = await this.#read('query:budget', of, privacyAccountSchema);
      this.#accounts.set(`${memberId}/${budgetGroup}/${epoch}`, account);
    }
  }

  #read<T>(call: LedgerCall, argument: object, schema: ZodType<T>): Promise<T> {
    return askLedger(this.#ledger, call, argument, schema);
  }
}

function queryIdIn(payload: string): string | undefined {
  try {
    const { queryId } = JSON.parse(payload) as { queryId?: unknown };
    return typeof queryId === 'string' ? queryId : undefined;
  } catch {
    throw new VeilsumError('LEDGER_INTEGRITY', 'An event of the ledger is not JSON.');
  }
}
