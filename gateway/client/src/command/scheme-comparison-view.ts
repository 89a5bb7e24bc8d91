import type { RewardScheme } from '@veilsum/protocol';
import type { Session } from '../session/session.js';
import { showShare, type ExactShare } from '../settlement/inequality.js';
import {
  readCosts,
  readPastQueries,
  termsUnder,
  type PastFilter,
} from '../settlement/past-queries.js';
import {
  settledOutcome,
  simulatedOutcome,
  type SchemeOutcome,
} from '../settlement/scheme-comparison.js';
import { readCurrency } from './account-commands.js';
import type { CommandContext } from './command.js';
import { showMoney } from './wording.js';

/** What is compared: schemes, on which queries, from which fund. */
export interface Comparison {
  readonly schemes: readonly { readonly label: string; readonly scheme: RewardScheme }[];
  readonly filter: PastFilter;
  readonly fund: bigint;
}

interface LabelledOutcome extends SchemeOutcome {
  readonly label: string;
}

/** Shows what schemes would have done to past queries, beside what was really settled. */
export async function showComparison(
  { output }: CommandContext,
  session: Session,
  { schemes, filter, fund }: Comparison,
): Promise<void> {
  const past = await readPastQueries(session, filter);
  const costs = await readCosts(session);
  const settled: LabelledOutcome = { label: 'as settled', ...settledOutcome(past) };
  const outcomes: LabelledOutcome[] = [settled];
  for (const { label, scheme } of schemes) {
    const terms = await termsUnder(session, scheme);
    outcomes.push({ label, ...simulatedOutcome(past, terms, { fund, costs }) });
  }
  output.result({ queries: past.length, schemes: outcomes.map((one) => document(one, settled)) });
  const currency = await readCurrency(session);
  output.line(`${past.length} settled queries. Inequality of what contributors earn, by scheme:`);
  output.table(
    ['scheme', 'Gini', 'share of small members', 'the fund gave', 'is left'],
    outcomes.map((one) => [
      one.label,
      showShare(one.gini),
      showShare(one.smallShare),
      showMoney(String(one.fundGave), currency),
      one === settled ? '' : showMoney(String(one.fundLeft), currency),
    ]),
  );
  output.line('Each member, earned less paid; behind it the change:');
  output.table(
    ['member', 'size', ...outcomes.map(({ label }) => label)],
    settled.members.map(({ memberId, size }) => [
      memberId,
      size,
      ...outcomes.map((one) => netWords(one, settled, { memberId, currency })),
    ]),
  );
}

function netWords(
  outcome: LabelledOutcome,
  settled: LabelledOutcome,
  { memberId, currency }: { readonly memberId: string; readonly currency: string },
): string {
  const net = netOf(outcome, memberId);
  const words = showMoney(String(net), currency);
  if (outcome === settled) return words;
  const change = net - netOf(settled, memberId);
  return `${words} (${change > 0n ? '+' : ''}${showMoney(String(change), currency)})`;
}

function netOf({ members }: SchemeOutcome, memberId: string): bigint {
  const member = members.find((one) => one.memberId === memberId);
  return member === undefined ? 0n : member.earned - member.paid;
}

function document(outcome: LabelledOutcome, settled: LabelledOutcome) {
  const { label, members, gini, smallShare, fundGave, fundLeft } = outcome;
  const changeOf = (memberId: string) => netOf(outcome, memberId) - netOf(settled, memberId);
  return {
    scheme: label,
    gini: exactDocument(gini),
    smallShare: exactDocument(smallShare),
    fundGave: String(fundGave),
    fundLeft: outcome === settled ? null : String(fundLeft),
    members: members.map(({ memberId, size, earned, paid }) => ({
      memberId,
      size,
      earned: String(earned),
      paid: String(paid),
      change: String(changeOf(memberId)),
    })),
    gain: members.filter(({ memberId }) => changeOf(memberId) > 0n).map((one) => one.memberId),
    lose: members.filter(({ memberId }) => changeOf(memberId) < 0n).map((one) => one.memberId),
  };
}

function exactDocument(share: ExactShare) {
  const { numerator, denominator } = share;
  return {
    numerator: String(numerator),
    denominator: String(denominator),
    rounded: showShare(share),
  };
}
