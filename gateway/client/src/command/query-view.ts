import type { QueryRecord, Quote, RuleOutcome } from '@veilsum/protocol';
import { durationText } from '@veilsum/rules';
import type { Session } from '../session/session.js';
import { readCurrency } from './account-commands.js';
import type { CommandContext } from './command.js';
import type { Output } from './output.js';
import { showRefusal } from './verdict-view.js';
import { showEpsilon, showMoney, showTime } from './wording.js';

/** Shows what a query would cost, who would review it, or why it would be refused. */
export async function showQuote(
  context: CommandContext,
  session: Session,
  quote: Quote,
): Promise<void> {
  const { output } = context;
  const currency = await readCurrency(session);
  if (!isPossible(quote)) {
    output.line('This query would be refused:');
    showRefusal(output, quote.verdict);
    return;
  }
  for (const { title, role, deadlineMs } of quote.reviews ?? []) {
    output.line(
      `It would wait for a review (${title}): a member with the role ${role} decides within ${durationText(deadlineMs)}, or it lapses and is refunded.`,
    );
  }
  if (quote.resultLevel !== undefined) output.line(`Level of the result: ${quote.resultLevel}.`);
  output.line(
    `Allowed: ${quote.cohortSize} contributions, ${quote.groups} groups, price ${showMoney(quote.price, currency)}${supportWords(quote, currency)}, ` +
      `${showEpsilon(quote.epsilonMicro)} (at least ${showEpsilon(quote.epsilonLeftMicro)} left afterwards).`,
  );
}

/** Whether it would be allowed, at once or when it is reviewed. */
export function isPossible({ verdict, reviews = [] }: Quote): boolean {
  const failures = verdict.trace.filter(({ passed }) => !passed);
  return failures.length === 0 || (reviews.length > 0 && failures.every(isMissingReview));
}

const isMissingReview = ({ rule, code }: RuleOutcome): boolean =>
  rule === 'review' && code === 'REVIEW_REQUIRED';

/** Where a query stands. */
export function statusWords({ status, attempt, review }: QueryRecord): string {
  if (status === 'reviewing') {
    const until = showTime(review?.deadline ?? 0);
    return `waits for a review, until ${until} (UTC); its price is held`;
  }
  if (status === 'authorised')
    return `authorised; keyholders check it and blind (attempt ${attempt?.attempt ?? 1})`;
  if (status === 'blinded') return 'blinded; keyholders open their shares';
  return status;
}

/** Level of the result, and what reviewers said. */
export function showReview(output: Output, { resultLevel, review }: QueryRecord): void {
  if (resultLevel !== undefined) output.line(`Level of the result: ${resultLevel}.`);
  for (const { role, status, deadline, reviewerId, reason } of review?.points ?? []) {
    output.line(
      reviewerId === undefined
        ? `Review by a ${role}: ${status}, due at ${showTime(deadline)} (UTC).`
        : `Review by the ${role} ${reviewerId}: ${status}. ${reason ?? ''}`,
    );
  }
}

function supportWords({ priceSupport }: Quote, currency: string): string {
  if (priceSupport === undefined) return '';
  return `, of which the subsidy fund pays ${showMoney(priceSupport, currency)}`;
}
