import type { SettlementSplit } from '@veilsum/protocol';
import { fraction } from './fraction.js';
import { divideByLargestRemainder } from './largest-remainder.js';

const WHOLE_BPS = 10_000n;

/**
 * The price of a query: the product's, or what it takes for the contributors' part to cover the minima
 * of the cohort, if that is more (docs/ledger.md, Queries).
 * @param productPrice minor units
 * @param minima minimumPricePerUse of each consent of the cohort, minor units
 * @param contributorsBps the contributors' part of a price, 1 to 10,000
 * @returns minor units
 */
export function priceOf(
  productPrice: bigint,
  minima: readonly bigint[],
  contributorsBps: number,
): bigint {
  const bps = BigInt(contributorsBps);
  const needed = minima.reduce((sum, minimum) => sum + minimum, 0n) * WHOLE_BPS;
  const covering = (needed + bps - 1n) / bps;
  return covering > productPrice ? covering : productPrice;
}

/** The parts of one price, in minor units; they add up to it. */
export interface PricePools {
  readonly contributors: bigint;
  readonly keyholders: bigint;
  readonly operator: bigint;
  readonly subsidyFund: bigint;
}

/**
 * Splits a price as the consortium agreed, with the largest remainder.
 * @param price minor units
 * @throws Error when the split does not add up to 10,000 basis points
 */
export function poolsOf(price: bigint, split: SettlementSplit): PricePools {
  const part = (bps: number) => fraction(BigInt(bps), WHOLE_BPS);
  const pools = divideByLargestRemainder(price, [
    { id: 'contributors', part: part(split.contributorsBps) },
    { id: 'keyholders', part: part(split.keyholdersBps) },
    { id: 'operator', part: part(split.operatorBps) },
    { id: 'subsidyFund', part: part(split.subsidyFundBps) },
  ]);
  const pool = (id: keyof PricePools) => pools.get(id) ?? 0n;
  return {
    contributors: pool('contributors'),
    keyholders: pool('keyholders'),
    operator: pool('operator'),
    subsidyFund: pool('subsidyFund'),
  };
}
