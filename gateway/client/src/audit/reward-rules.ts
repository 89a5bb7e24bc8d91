import type {
  Consortium,
  Cost,
  JournalEntry,
  Member,
  QueryRecord,
  RewardScheme,
  SettlementSplit,
} from '@veilsum/protocol';
import type { AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';
import { schemeAt } from './scheme-rules.js';

const WHOLE_BPS = 10_000n;
type Kind = JournalEntry['kind'];
const CONTRIBUTORS: readonly Kind[] = [
  'contributor-minimum',
  'contributor-coverage',
  'cost-compensation',
];

/** What the subsidy fund gives stays within the scheme of the query, and goes to small members only. */
export const subsidyShares: AuditRule = {
  check: 'subsidy shares',
  claim:
    'The subsidy fund gave to small payers and small contributors only, within the caps of the scheme.',
  observe(transaction, before) {
    return entriesOf(transaction).flatMap((entry) => {
      if (entry.kind === 'subsidy-price') return priceSupportProblems(entry, transaction, before);
      if (entry.kind === 'subsidy-top-up') return topUpProblems(entry, transaction, before);
      const leaves = entry.debit === 'fund:subsidy';
      return leaves ? [`${entry.amount} left the subsidy fund as ${entry.kind}.`] : [];
    });
  },
};

/** Registered costs are repaid once at most, and with two signatures. */
export const compensations: AuditRule = {
  check: 'cost compensation',
  claim:
    'Every cost was confirmed by another legal entity, and all queries together repaid no more than it.',
  conclude(state) {
    const repaid = repaidCosts(state);
    const known = new Set<string>();
    const problems = state.all<Cost>('cost').flatMap((cost) => {
      const key = costKey(cost.productId, cost.epoch, cost.contributorId);
      known.add(key);
      const paid = repaid.get(key) ?? 0n;
      const name = `The cost of ${cost.contributorId} for ${cost.productId} ${cost.epoch}`;
      const requirements: [boolean, string][] = [
        [paid === BigInt(cost.repaid), `${name} counts ${cost.repaid} as repaid, not ${paid}.`],
        [paid <= BigInt(cost.amount), `${name} is ${cost.amount}, and ${paid} were repaid.`],
        [paid === 0n || cost.status === 'confirmed', `${name} was repaid without confirmation.`],
        [hasTwoEntities(state, cost), `${name} has the signatures of one legal entity.`],
      ];
      return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
    });
    const unknown = [...repaid.keys()].filter((key) => !known.has(key));
    return [...problems, ...unknown.map((key) => `A cost was repaid that nobody knows: ${key}.`)];
  },
};

/** Each price was split as the query's scheme, or the founding, says, to the unit. */
export const priceSplits: AuditRule = {
  check: 'price split',
  claim: "Every settled price was split as the query's scheme says.",
  conclude(state) {
    const byEscrow = paidOut(state.journal());
    return state
      .all<QueryRecord>('query')
      .filter(({ status }) => status === 'settled')
      .flatMap((query) => {
        const paid = byEscrow.get(`escrow:${query.queryId}`) ?? [];
        return splitProblems(query, paid, splitOf(state, query));
      });
  },
};

/** Entries by the account that they leave. */
function paidOut(journal: readonly JournalEntry[]): Map<string, JournalEntry[]> {
  const entries = new Map<string, JournalEntry[]>();
  for (const entry of journal) {
    const known = entries.get(entry.debit);
    if (known === undefined) entries.set(entry.debit, [entry]);
    else known.push(entry);
  }
  return entries;
}

function entriesOf({ changes }: AuditedTransaction): JournalEntry[] {
  return changes
    .filter(({ type, value }) => type === 'journal' && value !== null)
    .map(({ value }) => value as JournalEntry);
}

/** A query as it stands after a transaction, whether that wrote it or not. */
function queryAfter({ changes }: AuditedTransaction, before: LedgerState, queryId?: string) {
  const written = changes.find(({ type, parts }) => type === 'query' && parts[0] === queryId);
  return (written?.value as QueryRecord | undefined) ?? before.query(queryId ?? '');
}

function schemeOf(state: LedgerState, version: number | undefined): RewardScheme | undefined {
  return state.all<RewardScheme>('rewardScheme').find((scheme) => scheme.version === version);
}

function memberOf(state: LedgerState, memberId: string): Member | undefined {
  return state.all<Member>('member').find((member) => member.memberId === memberId);
}

const payerIdOf = (query: QueryRecord | undefined) => query?.payerId ?? query?.analystId ?? '';

function priceSupportProblems(
  { amount, queryId }: JournalEntry,
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  const query = queryAfter(transaction, before, queryId);
  const name = `The fund's ${amount} for query ${queryId ?? ''}`;
  // A query that waits for a review takes its scheme when it is authorised, and is looked at again then.
  const scheme =
    query?.status === 'reviewing'
      ? schemeAt(before, transaction.timestampMs)
      : schemeOf(before, query?.rewardSchemeVersion);
  if (scheme === undefined) return [`${name} follow from no scheme.`];
  const { priceSupportMax } = scheme.smallMembers;
  const payer = memberOf(before, payerIdOf(query));
  const requirements: [boolean, string][] = [
    [payer?.size === 'small', `${name} went to a payer who is not small.`],
    [BigInt(amount) <= BigInt(priceSupportMax), `${name} are above the cap.`],
    [withinReduction(query, amount, scheme), `${name} are more than the scheme reduces the price.`],
  ];
  return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

function withinReduction(
  query: QueryRecord | undefined,
  amount: string,
  { smallMembers }: RewardScheme,
): boolean {
  if (query?.plan === undefined) return true;
  const reduction = BigInt(query.plan.price) * (WHOLE_BPS - BigInt(smallMembers.priceBps));
  return BigInt(amount) * WHOLE_BPS <= reduction;
}

function topUpProblems(
  { amount, credit, queryId }: JournalEntry,
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  const query = queryAfter(transaction, before, queryId);
  const scheme = schemeOf(before, query?.rewardSchemeVersion);
  const name = `The top-up of ${amount} to ${credit} for query ${queryId ?? ''}`;
  if (scheme === undefined) return [`${name} follows from no scheme.`];
  const { topUpBps, topUpMax } = scheme.smallMembers;
  const memberId = credit.replace(/^(member|frozen):/, '');
  const earned = entriesOf(transaction)
    .filter((entry) => entry.queryId === queryId && entry.credit === credit)
    .filter(({ kind }) => kind === 'contributor-minimum' || kind === 'contributor-coverage')
    .reduce((sum, entry) => sum + BigInt(entry.amount), 0n);
  const member = memberOf(before, memberId);
  const payer = memberOf(before, payerIdOf(query));
  const requirements: [boolean, string][] = [
    [member?.size === 'small', `${name} went to a member who is not small.`],
    [member?.legalEntityId !== payer?.legalEntityId, `${name} is for a query of its own.`],
    [BigInt(amount) <= BigInt(topUpMax), `${name} is above the cap.`],
    [
      BigInt(amount) * WHOLE_BPS <= earned * BigInt(topUpBps),
      `${name} is too much for a share of ${earned}.`,
    ],
  ];
  return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

const costKey = (...parts: readonly string[]) => parts.join(' ');

function repaidCosts(state: LedgerState): Map<string, bigint> {
  const repaid = new Map<string, bigint>();
  for (const { kind, credit, queryId, amount } of state.journal()) {
    if (kind !== 'cost-compensation') continue;
    const request = state.query(queryId ?? '')?.request;
    const memberId = credit.replace(/^(member|frozen):/, '');
    const key = costKey(request?.productId ?? '', request?.epoch ?? '', memberId);
    repaid.set(key, (repaid.get(key) ?? 0n) + BigInt(amount));
  }
  return repaid;
}

function hasTwoEntities(state: LedgerState, { confirmedBy, contributorId }: Cost): boolean {
  if (confirmedBy === undefined) return true;
  const entity = (memberId: string) => memberOf(state, memberId)?.legalEntityId;
  return entity(confirmedBy) !== entity(contributorId);
}

function splitOf(state: LedgerState, query: QueryRecord): SettlementSplit | undefined {
  const version = query.rewardSchemeVersion;
  if (version !== undefined) return schemeOf(state, version)?.split;
  return state.all<Consortium>('consortium')[0]?.split;
}

function splitProblems(
  { queryId, plan }: QueryRecord,
  paid: readonly JournalEntry[],
  split: SettlementSplit | undefined,
): string[] {
  if (split === undefined || plan === undefined) return [`Query ${queryId} has no split.`];
  const price = BigInt(plan.price);
  const sum = (kinds: readonly Kind[]) =>
    paid
      .filter(({ kind }) => kinds.includes(kind))
      .reduce((total, { amount }) => total + BigInt(amount), 0n);
  const pools: [string, bigint, number][] = [
    ['contributors', sum(CONTRIBUTORS), split.contributorsBps],
    // The fee of a keyholder whose share stayed missing goes back to those who paid.
    ['keyholders', sum(['keyholder-fee', 'refund']), split.keyholdersBps],
    ['operator', sum(['operator-fee']), split.operatorBps],
    ['subsidy fund', sum(['subsidy-fund']), split.subsidyFundBps],
  ];
  return pools
    .filter(([, amount, bps]) => !isRounded(amount, price * BigInt(bps)))
    .map(([pool, amount]) => `Of ${price} for query ${queryId}, ${amount} went to ${pool}.`);
}

/** Whether an amount is a number of ten-thousandths rounded up or down. */
function isRounded(amount: bigint, exactBps: bigint): boolean {
  const difference = amount * WHOLE_BPS - exactBps;
  return difference > -WHOLE_BPS && difference < WHOLE_BPS;
}
