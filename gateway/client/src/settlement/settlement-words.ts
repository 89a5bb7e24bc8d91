import type { SettlementExplanation, TopUp } from '@veilsum/protocol';

const TOP_UP_WORDS: Readonly<Record<TopUp['reason'], string>> = {
  paid: 'as the reward scheme says',
  capped: "at the reward scheme's cap",
  'fund-low': 'the subsidy fund held less than all top-ups, so it was divided',
  'fund-empty': 'the subsidy fund was empty',
  'own-query': 'there is none for a query that your own legal entity asks',
};

/** A query's money as one member sees it; amounts in minor units. */
export interface MemberView {
  readonly queryId: string;
  readonly price: string;
  readonly youPaid: string;
  readonly yourPart: string;
  readonly yourTopUp: string;
  /** What the subsidy fund did for this member, or why it did not. */
  readonly support: string;
}

/** What a query's money was for one member, and why. */
export function viewOf(explanation: SettlementExplanation, memberId: string): MemberView {
  const account = `member:${memberId}`;
  const youPaid = sumOf(explanation.payments, account);
  const topUp = explanation.topUps.find((one) => one.memberId === memberId);
  return {
    queryId: explanation.queryId,
    price: explanation.price,
    youPaid: String(youPaid),
    yourPart: String(sumOf(explanation.shares, account)),
    yourTopUp: topUp?.amount ?? '0',
    support: youPaid > 0n ? explanation.priceSupport : topUpWords(explanation, topUp),
  };
}

function topUpWords({ shares }: SettlementExplanation, topUp: TopUp | undefined): string {
  if (topUp !== undefined) return `Top-up ${topUp.amount}: ${TOP_UP_WORDS[topUp.reason]}.`;
  return shares.length === 0
    ? 'The query is not settled yet.'
    : 'No top-up: it is for small contributors only, where a reward scheme says so.';
}

function sumOf(
  parts: readonly { readonly accountId: string; readonly amount: string }[],
  account: string,
): bigint {
  return parts
    .filter(({ accountId }) => accountId === account)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}
