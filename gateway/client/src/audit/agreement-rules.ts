import type {
  Agreement,
  ExactFraction,
  Goal,
  GoalOutcome,
  JournalEntry,
  PublishedGroup,
} from '@veilsum/protocol';
import { changesOf, type AuditRule } from './audit-rule.js';
import type { AuditedTransaction } from './ledger-history.js';
import type { LedgerState } from './ledger-state.js';
import { journalBalances } from './money-rules.js';
import { compareQuotients, publishedValue, type Quotient } from './published-value.js';

/** Bonuses follow from published numbers, and nothing else moves what was set aside for them. */
export const bonuses: AuditRule = {
  check: 'performance bonuses',
  claim: 'Every bonus follows from a published result, by the terms that both parties signed.',
  observe(transaction, before) {
    const decided = agreementsOf(transaction).filter(({ outcome }) => outcome !== undefined);
    const problems = decided.flatMap((agreement) =>
      decisionProblems(agreement, transaction, before),
    );
    const known = new Set<string>(decided.map(({ agreementId }) => agreementId));
    const unexplained = entriesOf(transaction).filter(
      ({ kind, reference }) => kind === 'performance-bonus' && !known.has(reference ?? ''),
    );
    const removed = changesOf<Agreement>(transaction, 'agreement', before)
      .filter(({ after }) => after === undefined)
      .map(() => 'An agreement was removed.');
    return [
      ...removed,
      ...problems,
      ...unexplained.map(({ amount }) => `A bonus of ${amount} has no reason.`),
    ];
  },
};

/** What a payer set aside is there exactly as long as its agreement may still cost it. */
export const reserves: AuditRule = {
  check: 'reserves',
  claim: 'Every agreement that may cost its payer something has its cap set aside, and no other.',
  conclude(state) {
    const balances = journalBalances(state.journal());
    return state.all<Agreement>('agreement').flatMap((agreement) => {
      const { agreementId, status, proposedBy, payerId, cap } = agreement;
      const held = balances.get(`reserve:${agreementId}`) ?? 0n;
      const binds = status === 'active' || (status === 'proposed' && proposedBy === payerId);
      const due = binds ? BigInt(cap) : 0n;
      return held === due
        ? []
        : [`The agreement ${agreementId} (${status}) has ${held} set aside, not ${due}.`];
    });
  },
};

/** What came of a goal is computed from published numbers. */
export const goalsReached: AuditRule = {
  check: 'goals',
  claim: 'Goals never changed, and every recorded outcome of one follows from a published result.',
  observe(transaction, before) {
    const changed = changesOf<Goal>(transaction, 'goal', before)
      .filter(({ earlier }) => earlier !== undefined)
      .map(() => 'A goal was changed after it was set.');
    const outcomes = transaction.changes
      .filter(({ type, value }) => type === 'goalOutcome' && value !== null)
      .flatMap(({ value }) => outcomeProblems(value as GoalOutcome, transaction, before));
    return [...changed, ...outcomes];
  },
};

function agreementsOf({ changes }: AuditedTransaction): Agreement[] {
  return changes
    .filter(({ type, value }) => type === 'agreement' && value !== null)
    .map(({ value }) => value as Agreement);
}

function entriesOf({ changes }: AuditedTransaction): JournalEntry[] {
  return changes
    .filter(({ type, value }) => type === 'journal' && value !== null)
    .map(({ value }) => value as JournalEntry);
}

/** The value of a statistic in what is published after a transaction. */
function valueAfter(
  statistic: Agreement['statistic'],
  queryId: string,
  { changes }: AuditedTransaction,
  before: LedgerState,
): Quotient | undefined {
  const query = before.query(queryId);
  const product = before.product(statistic.productId, statistic.productVersion);
  if (query === undefined || product === undefined) return undefined;
  const added = changes
    .filter(({ type, parts }) => type === 'publishedGroup' && parts[0] === queryId)
    .map(({ value }) => value as PublishedGroup);
  const groups = [...before.objects<PublishedGroup>('publishedGroup', queryId), ...added];
  return publishedValue(statistic, product, query, groups);
}

function decisionProblems(
  agreement: Agreement,
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  const { agreementId, outcome, statistic, status } = agreement;
  const name = `The agreement ${agreementId}`;
  const value = valueAfter(statistic, outcome?.queryId ?? '', transaction, before);
  if (value === undefined || outcome === undefined) return [`${name} was decided by nothing.`];
  const bonus = bonusOf(agreement, value);
  const paid = entriesOf(transaction)
    .filter(({ kind, reference }) => kind === 'performance-bonus' && reference === agreementId)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  const requirements: [boolean, string][] = [
    [compareQuotients(read(outcome.value), value) === 0n, `${name} was decided by another number.`],
    [(bonus === undefined) === (status === 'missed'), `${name} is ${status} against its terms.`],
    [paid === (bonus ?? 0n), `${name} paid ${paid}, not ${bonus ?? 0n}.`],
    [BigInt(outcome.bonus) === paid, `${name} says ${outcome.bonus}, and paid ${paid}.`],
  ];
  return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** undefined when the baseline was missed. */
function bonusOf(
  { baseline, direction, bonus, cap }: Agreement,
  value: Quotient,
): bigint | undefined {
  const base = read(baseline);
  const sign = direction === 'at-least' ? 1n : -1n;
  const beyond = sign * compareQuotients(value, base);
  if (beyond < 0n) return undefined;
  const scale = value.denominator * base.denominator;
  const earned = () => {
    if (bonus.kind === 'fixed') return BigInt(bonus.amount);
    if (bonus.kind === 'rate') return (beyond * BigInt(bonus.rateBps)) / (scale * 10_000n);
    const step = read(bonus.step);
    return ((beyond * step.denominator) / (scale * step.numerator)) * BigInt(bonus.amount);
  };
  return earned() < BigInt(cap) ? earned() : BigInt(cap);
}

function outcomeProblems(
  { goalId, queryId, value, attainmentBps, met, inTime, at }: GoalOutcome,
  transaction: AuditedTransaction,
  before: LedgerState,
): string[] {
  const goal = before.objects<Goal>('goal', goalId)[0];
  const name = `The outcome of goal ${goalId} from query ${queryId}`;
  if (goal === undefined) return [`${name} is of no goal.`];
  const found = valueAfter(goal.statistic, queryId, transaction, before);
  if (found === undefined) return [`${name} follows from nothing that is published.`];
  const [from, to] = [read(goal.baseline), read(goal.target)];
  // (value − from) / (to − from), both scaled to one denominator.
  const gone = compareQuotients(found, from) * to.denominator;
  const way = compareQuotients(to, from) * found.denominator;
  const scaled = way < 0n ? -gone * 10_000n : gone * 10_000n;
  const length = way < 0n ? -way : way;
  const attained = (scaled - (((scaled % length) + length) % length)) / length;
  const requirements: [boolean, string][] = [
    [compareQuotients(read(value), found) === 0n, `${name} is another number.`],
    [BigInt(attainmentBps) === attained, `${name} counts ${attainmentBps}, not ${attained}.`],
    [met === attained >= 10_000n, `${name} says wrongly whether it was met.`],
    [inTime === at <= goal.deadline, `${name} says wrongly whether it was in time.`],
  ];
  return requirements.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

function read({ numerator, denominator }: ExactFraction): Quotient {
  return { numerator: BigInt(numerator), denominator: BigInt(denominator) };
}
