import type { Member, RewardScheme, RuleOutcome, TopUp } from '@veilsum/protocol';
import { fraction } from '../settlement/fraction.js';
import { divideByLargestRemainder } from '../settlement/largest-remainder.js';
import { passed } from '../verdict.js';

const WHOLE_BPS = 10_000n;
const PRICE_SUPPORT = { rule: 'price-support', version: 1 };

/** What decides about the fund's part of a price; absent for whoever gets none in any case. */
export interface PriceSupportTerms {
  readonly smallMembers: RewardScheme['smallMembers'];
  /** What the fund holds, in minor units; may be cut off at priceSupportMax. */
  readonly fundHolds: bigint;
}

/** Whether the scheme has a reduced price for the payer at all; only then is the fund looked at. */
export function isPriceSupported(
  payer: Pick<Member, 'size'>,
  scheme: Pick<RewardScheme, 'smallMembers'> | undefined,
): scheme is Pick<RewardScheme, 'smallMembers'> {
  return payer.size === 'small' && scheme !== undefined && scheme.smallMembers.priceBps < 10_000;
}

/**
 * What the subsidy fund adds to a price: the part that a small payer need not pay, at most the cap, and
 * no more than the fund holds.
 * @param price minor units
 * @returns minor units, rounded down
 */
export function priceSupport(price: bigint, terms: PriceSupportTerms | undefined): bigint {
  if (terms === undefined) return 0n;
  const wanted = wantedSupport(price, terms.smallMembers);
  return wanted < terms.fundHolds ? wanted : terms.fundHolds;
}

/** Says in the trace of a decision what the fund adds, or why it does not; it forbids nothing. */
export function priceSupportOutcome(price: bigint, terms: PriceSupportTerms): RuleOutcome {
  const wanted = wantedSupport(price, terms.smallMembers);
  const support = priceSupport(price, terms);
  const inputs = { price: String(price), wanted: String(wanted), support: String(support) };
  return passed(PRICE_SUPPORT, supportSentence(price, wanted, support), inputs);
}

function supportSentence(price: bigint, wanted: bigint, support: bigint): string {
  if (wanted === 0n) return 'The price is too small for the fund to add anything.';
  if (support === 0n) return `The subsidy fund is empty, so the whole price of ${price} is yours.`;
  if (support < wanted) {
    return `The subsidy fund adds its last ${support} of the ${wanted} that the scheme gives; ${price - support} are yours.`;
  }
  return `The subsidy fund adds ${support} to the price of ${price}; ${price - support} are yours.`;
}

function wantedSupport(price: bigint, smallMembers: RewardScheme['smallMembers']): bigint {
  const reduced = (price * (WHOLE_BPS - BigInt(smallMembers.priceBps))) / WHOLE_BPS;
  const cap = BigInt(smallMembers.priceSupportMax);
  return reduced < cap ? reduced : cap;
}

/** A small contributor's part of a price. */
export interface SmallShare {
  readonly memberId: TopUp['memberId'];
  /** Minor units. */
  readonly share: bigint;
  /** Whether the contributor belongs to the legal entity that pays for the query. */
  readonly ownQuery: boolean;
}

/**
 * What the fund would add to each share of a small contributor, if it holds enough.
 * @returns by member, in the order given; nobody is topped up for a query of his own legal entity
 */
function wantedTopUps(
  shares: readonly SmallShare[],
  { topUpBps, topUpMax }: RewardScheme['smallMembers'],
): { readonly memberId: TopUp['memberId']; readonly wanted: bigint; readonly capped: boolean }[] {
  return shares.map(({ memberId, share, ownQuery }) => {
    const full = ownQuery ? 0n : (share * BigInt(topUpBps)) / WHOLE_BPS;
    const cap = BigInt(topUpMax);
    return { memberId, wanted: full < cap ? full : cap, capped: full > cap };
  });
}

/** The most that the fund has to hold for all top-ups of a settlement, in minor units. */
export function topUpsWanted(
  shares: readonly SmallShare[],
  smallMembers: RewardScheme['smallMembers'],
): bigint {
  return wantedTopUps(shares, smallMembers).reduce((sum, { wanted }) => sum + wanted, 0n);
}

/**
 * The fund's additions to the shares of small contributors. When it holds too little, what it holds is
 * divided in proportion, by the largest remainder, ties by id; when it is empty, nobody gets anything.
 * @param fundHolds minor units; may be cut off at {@link topUpsWanted}
 * @returns one for each share, in the order given, with the reason
 */
export function topUps(
  shares: readonly SmallShare[],
  smallMembers: RewardScheme['smallMembers'],
  fundHolds: bigint,
): TopUp[] {
  if (smallMembers.topUpBps === 0) return [];
  const wanted = wantedTopUps(shares, smallMembers);
  const total = wanted.reduce((sum, one) => sum + one.wanted, 0n);
  const enough = fundHolds >= total;
  const given = enough || total === 0n ? undefined : divideFund(fundHolds, total, wanted);
  return wanted.map(({ memberId, wanted: most, capped }, position) => ({
    memberId,
    share: String(shares[position]?.share ?? 0n),
    amount: String(given === undefined ? most : (given.get(memberId) ?? 0n)),
    reason: reasonOf({ ownQuery: shares[position]?.ownQuery === true, enough, capped, fundHolds }),
  }));
}

function divideFund(
  fundHolds: bigint,
  total: bigint,
  wanted: readonly { readonly memberId: string; readonly wanted: bigint }[],
): Map<string, bigint> {
  return divideByLargestRemainder(
    fundHolds,
    wanted.map((one) => ({ id: one.memberId, part: fraction(one.wanted, total) })),
  );
}

function reasonOf(facts: {
  readonly ownQuery: boolean;
  readonly enough: boolean;
  readonly capped: boolean;
  readonly fundHolds: bigint;
}): TopUp['reason'] {
  if (facts.ownQuery) return 'own-query';
  if (!facts.enough) return facts.fundHolds === 0n ? 'fund-empty' : 'fund-low';
  return facts.capped ? 'capped' : 'paid';
}
