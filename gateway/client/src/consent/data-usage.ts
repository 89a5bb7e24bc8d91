import { askLedger, type Ledger } from '@veilsum/ledger';
import {
  contributionSchema,
  journalEntrySchema,
  queryRecordSchema,
  type Contribution,
  type JournalEntry,
  type QueryRecord,
} from '@veilsum/protocol';
import { z } from 'zod';

/** One use of a contributor's data. */
export interface DataUse {
  readonly queryId: string;
  readonly at: number;
  readonly analystId: string;
  /** Whom an agent asked for. */
  readonly onBehalfOf: string | undefined;
  readonly product: string;
  readonly epoch: string;
  readonly purpose: string;
  readonly function: string;
  /** Micro-ε that it cost of this contributor's budget. */
  readonly epsilonMicro: number;
  readonly status: QueryRecord['status'];
  /** Minor units. */
  readonly earned: string;
}

/** A request about a contributor's products that was not allowed. */
export interface RefusedUse {
  readonly queryId: string;
  readonly at: number;
  readonly analystId: string;
  readonly product: string;
  readonly purpose: string;
  readonly codes: readonly string[];
}

/** Who used a contributor's data, for what, at what cost, and what was refused on its behalf. */
export interface DataUsage {
  readonly contributorId: string;
  readonly uses: readonly DataUse[];
  readonly refused: readonly RefusedUse[];
  /** Minor units over all uses. */
  readonly earned: string;
  /** Micro-ε by product and epoch. */
  readonly epsilonMicro: Readonly<Record<string, number>>;
}

/** Kinds of entries by which a contributor is paid for a query. */
const earnings: readonly JournalEntry['kind'][] = [
  'contributor-minimum',
  'contributor-coverage',
  'subsidy-top-up',
  'cost-compensation',
];

/** Reads the page of one contributor from the ledger; anyone can, of anyone. */
export async function readDataUsage(ledger: Ledger, contributorId: string): Promise<DataUsage> {
  const contributions = await askLedger(
    ledger,
    'contribution:list',
    { contributorId },
    z.array(contributionSchema),
  );
  const queries = await askLedger(ledger, 'query:list', {}, z.array(queryRecordSchema));
  const entries = await readEntries(ledger, contributorId);
  return usageOf({ contributorId, contributions, queries, entries });
}

/** The page of one contributor, from what the ledger has. */
export function usageOf(facts: {
  readonly contributorId: string;
  readonly contributions: readonly Contribution[];
  readonly queries: readonly QueryRecord[];
  readonly entries: readonly JournalEntry[];
}): DataUsage {
  const own = new Set<string>(facts.contributions.map(({ contributionId }) => contributionId));
  const products = new Set<string>(
    facts.contributions.map(({ productId, epoch }) => `${productId} ${epoch}`),
  );
  const uses = facts.queries
    .filter(({ plan }) => plan?.cohort.some((contributionId) => own.has(contributionId)))
    .map((query) => useOf(query, earnedFrom(query.queryId, facts.entries)));
  const refused = facts.queries
    .filter(({ status, request }) => {
      return status === 'refused' && products.has(`${request.productId} ${request.epoch}`);
    })
    .map(refusalOf);
  const epsilonMicro: Record<string, number> = {};
  for (const { product, epoch, epsilonMicro: cost } of uses) {
    const period = `${product} ${epoch}`;
    epsilonMicro[period] = (epsilonMicro[period] ?? 0) + cost;
  }
  const earned = uses.reduce((sum, use) => sum + BigInt(use.earned), 0n).toString();
  return { contributorId: facts.contributorId, uses, refused, earned, epsilonMicro };
}

async function readEntries(ledger: Ledger, memberId: string): Promise<JournalEntry[]> {
  const read = (accountId: string) =>
    askLedger(ledger, 'account:journal', { accountId }, z.array(journalEntrySchema));
  const own = await read(`member:${memberId}`);
  const frozen = await read(`frozen:${memberId}`);
  return [...own, ...frozen].filter(
    ({ credit, kind }) =>
      (credit === `member:${memberId}` || credit === `frozen:${memberId}`) &&
      earnings.includes(kind),
  );
}

function earnedFrom(queryId: string, entries: readonly JournalEntry[]): string {
  return entries
    .filter((entry) => entry.queryId === queryId)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
    .toString();
}

function useOf(query: QueryRecord, earned: string): DataUse {
  const { request, analystId, payerId } = query;
  return {
    queryId: query.queryId,
    at: query.requestedAt,
    analystId,
    onBehalfOf: payerId,
    product: `${request.productId}@${request.productVersion}`,
    epoch: request.epoch,
    purpose: request.purpose,
    function: request.function,
    epsilonMicro: query.chargedEpsilonMicro,
    status: query.status,
    earned,
  };
}

function refusalOf({ queryId, requestedAt, analystId, request, verdict }: QueryRecord): RefusedUse {
  return {
    queryId,
    at: requestedAt,
    analystId,
    product: `${request.productId}@${request.productVersion}`,
    purpose: request.purpose,
    codes: verdict.trace.flatMap(({ passed, code }) =>
      passed || code === undefined ? [] : [code],
    ),
  };
}
